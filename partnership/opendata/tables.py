"""The tables of open data: their columns, in a permanent order, and how each value is read.

A column is derived from each public key of the schema that is not named in ``NOT_IN_DATA``; others are computed. Titles
come from the models; what a column means to a reader of the data stands in ``meanings``.
"""

from __future__ import annotations

import csv
import datetime
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property, partial
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce
from django.utils import translation
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from translated_fields import TranslatedField, to_attribute

from projects.models import Output, Participation, Project, Theme
from visits.models import Visit

from ..coverage import Coverage, coverage_of, with_statements
from ..fields.periods import Period, PeriodField
from ..fields.texts import xml_safe
from ..fields.translated import language_codes
from ..models import Claim, LoggedSearch, Milestone, Partner, Revision, Source, Statement
from ..models.confirmations import both_sides
from ..models.evidence import count_of
from ..publishing import State
from ..record.schemas import SCHEMAS_BY_MODEL_NAME, Schema
from ..spreadsheets.cells import guarded
from .meanings import meaning_of

#: The shape of the data, of the package and of editions. It goes up with any change that a program would notice, but
#: for what is added at the end; 1 is what had no number.
FORMAT = 2
LICENCE = "CC BY 4.0"
LICENCE_URL = "https://creativecommons.org/licenses/by/4.0/"
with translation.override("en"):
    #: Whom re-users credit: the English name of the site, whatever the language of the page.
    ATTRIBUTION = str(settings.SITE_NAME)


@dataclass(frozen=True)
class Column:
    """A column: its name in the data, its Frictionless type, its title and description, and how a value is read."""

    name: str
    type: str
    title: Any
    description: Any
    read: Callable[[Any], Any] = field(repr=False)
    format: str = ""
    #: The permitted values, where they are few and fixed.
    codes: tuple[str, ...] = ()
    #: The table whose first column this one names.
    refers_to: str = ""
    #: How CSV shows what JSON holds as objects.
    cell: Callable[[Any], Any] | None = field(default=None, repr=False)


#: What no table holds of what is public, and why: “key” of every kind, “model.key”, or “model” for a whole kind.
NOT_IN_DATA = {
    "slug": "a record is reached by its code",
    "state": "the tables hold what is published",
    "withdrawn_on": "the tables hold what is published",
    "withdrawal_reason": "the tables hold what is published",
    "merged_into": "the tables hold what is published",
    "photos": "files are downloaded from the pages that show them",
    "documents": "files are downloaded from the pages that show them",
    "criteria": "belongs to the dossier of an award",
    "citations": "as “sources”; where in them, in the JSON of one record",
    "replies": "a table of their own",
    "project.objectives": "in the JSON of one project",
    "project.participations": "as “partners” and “funders”",
    "project.outputs": "a table of its own",
    "visit.title_override": "as “title”",
    "milestone.onward": "links of the page to other records",
    "partner.position": "the order of a list on the page",
    "partner.succeeds": "as “successor” of the other",
    "claim": "with each of its statements: its code and label",
    "profession": "as “professions” of a visit",
    "issuer": "as “issuer” of its sources",
    "synonyms": "help to search, no fact of the record",
    "questionsheet": "says in plain words what the other tables hold",
    "question": "says in plain words what the other tables hold",
    "story": "tells what the tables hold, and is in frozen editions",
    "passage": "tells what the tables hold, and is in frozen editions",
    "awardround": "belongs to the dossier of an award",
    "criterion": "belongs to the dossier of an award",
    "submission": "has frozen editions of its own",
    "section": "has frozen editions of its own",
    "newsletter": "letters have an archive and a feed of their own",
    "photo": "files are downloaded from the pages that show them",
    "document": "files are downloaded from the pages that show them",
}
#: The columns of each table in the order in which they were published: names and places are a promise.
COLUMNS_FILE = Path(__file__).parent / "columns.json"
_PUBLISHED_ORDER: dict[str, list[str]] = json.loads(COLUMNS_FILE.read_text(encoding="utf-8"))


def not_in_data(schema: Schema, key: str) -> str:
    """Why a public key has no column; empty where it has."""
    model = schema.model._meta.model_name
    return NOT_IN_DATA.get(f"{model}.{key}") or NOT_IN_DATA.get(key, "")


@dataclass(frozen=True)
class Table:
    """A kind of record as rows. ``records`` returns the published ones with all relations that the columns read.

    ``computed`` are the columns that are no key of the record, or say more than it.
    """

    name: str
    title: Any
    records: Callable[[], models.QuerySet | list]
    schema: Schema | None
    computed: list[Column]
    #: The columns that together tell one row from the others.
    key: tuple[str, ...] = ("code",)

    @cached_property
    def columns(self) -> list[Column]:
        """In the published order; what has no place there yet comes last."""
        derived = derived_columns(self.schema, self.computed) if self.schema else self.computed
        columns = {column.name: column for column in derived}
        order = [name for name in _PUBLISHED_ORDER.get(self.name, []) if name in columns]
        return [columns[name] for name in dict.fromkeys([*order, *columns])]

    def row(self, record: Any) -> dict[str, Any]:
        return {column.name: column.read(record) for column in self.columns}

    def texts(self, record: Any) -> list[str]:
        return [_cell((column.cell or column.read)(record)) for column in self.columns]

    def cells(self, record: Any) -> list[str]:
        """The texts as CSV has them: none is taken for a formula."""
        return [guarded(text) for text in self.texts(record)]


# Columns from models


def derived_columns(schema: Schema, computed: list[Column]) -> list[Column]:
    """A column for each public key, of a translated one for each language, of a period also its two days.

    Those of ``computed`` take the place of a key of the same name.
    """
    names = {column.name for column in computed}
    keys = [key for key in schema.keys if schema.is_public(key) and not not_in_data(schema, key) and key not in names]
    return [*(column for key in keys for column in _column(schema.model, key) if column.name not in names), *computed]


def _column(model: type[models.Model], name: str) -> Iterator[Column]:
    translated = getattr(model, name, None)
    if isinstance(translated, TranslatedField):
        for language in language_codes():
            attribute = to_attribute(name, language)
            text: Any = model._meta.get_field(attribute)
            yield Column(
                attribute, "string", text.verbose_name, meaning_of(model, name), partial(_attribute, attribute)
            )
        return
    column: Any = model._meta.get_field(name)
    if column.many_to_many:
        yield _listed(name, column.verbose_name, meaning_of(model, name), partial(_codes_of, name))
        return
    read = partial(_code_of if column.is_relation else _attribute, name)
    kind = _TYPES.get(type(column), "string")
    refers_to = _table_of(column.related_model) if column.is_relation else ""
    codes = tuple(code for code, _label in column.flatchoices)
    yield Column(
        name,
        kind,
        column.verbose_name,
        _description(model, column),
        read,
        _format(column),
        () if column.blank else codes,
        refers_to,
    )
    if isinstance(column, PeriodField) and column.earliest_field:
        yield from bounds_of(name, column.earliest_field, column.latest_field)


def bounds_of(period: str, first: str, last: str) -> Iterator[Column]:
    """The documented days of a period, and the days between which it lies, under names that say so."""
    yield Column(first, "date", _("first day"), _FIRST_DAY, partial(_documented_day, period, 0))
    if last:
        yield Column(last, "date", _("last day"), _LAST_DAY, partial(_documented_day, period, 1))
    yield Column("lower_bound", "date", _("lower bound"), _LOWER, partial(_bound, period, 0))
    yield Column("upper_bound", "date", _("upper bound"), _UPPER, partial(_bound, period, 1))


_FIRST_DAY = _("The first day, only where a source states the day; else empty.")
_LAST_DAY = _("The last day, only where a source states the day; else empty.")
_LOWER = _("For sorting and filtering: not before this day. A bound worked out from the date, not a fact.")
_UPPER = _("For sorting and filtering: not after this day. A bound worked out from the date, not a fact.")


def _documented_day(name: str, end: int, record: Any) -> str | None:
    day = getattr(record, name).iso_dates()[end]
    return day if len(day) == len("2012-03-05") else None


def _bound(name: str, end: int, record: Any) -> str | None:
    period = getattr(record, name)
    if period.is_interval and not period.is_choice and period.ends[end] is None:
        return None
    day = period.bounds()[end]
    return day.isoformat() if day else None


def _table_of(model: type[models.Model]) -> str:
    return f"{model._meta.model_name}s"


_TYPES: dict[type[models.Field], str] = {
    models.IntegerField: "integer",
    models.PositiveIntegerField: "integer",
    models.PositiveSmallIntegerField: "integer",
    models.BooleanField: "boolean",
    models.DateField: "date",
    models.DecimalField: "number",
}


def _print_labels(column: Any) -> str:
    """The codes of a column, each with its words in the language of the page."""
    return "; ".join(f"{code}: {label}" for code, label in column.flatchoices)


_labels = lazy(_print_labels, str)


def _description(model: type[models.Model], column: Any) -> Any:
    meaning = meaning_of(model, column.name)
    if column.choices:
        labels = _labels(column)
        return format_lazy("{} {}", meaning, labels) if meaning else labels
    return meaning


def _format(column: Any) -> str:
    return "uri" if isinstance(column, models.URLField) else ""


def _attribute(name: str, record: Any) -> Any:
    value = getattr(record, name)
    if isinstance(value, Period):
        return value.edtf
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    return str(value)


def _code_of(name: str, record: Any) -> str:
    related = getattr(record, name)
    return related.code if related is not None and _is_public(related) else ""


def _is_public(record: Any) -> bool:
    return getattr(record, "state", State.PUBLISHED) == State.PUBLISHED


def _codes(records: Iterable[Any]) -> list[str]:
    return list(dict.fromkeys(record.code for record in records if _is_public(record)))


def _codes_of(name: str, record: Any) -> list[str]:
    return _codes(getattr(record, name).all())


def _listed(name: str, title: Any, description: Any, read: Callable[[Any], list[str]]) -> Column:
    return Column(name, "array", title, description, read)


_SOURCES = _listed(
    "sources",
    _("sources"),
    _("Codes of the sources that the record cites."),
    lambda record: _codes(citation.source for citation in record.citations.all()),
)
_PAGE = Column(
    "page",
    "string",
    _("page"),
    _("The lasting address of the record. It leads to its page in the reader’s language."),
    lambda record: record.permanent_url,
    "uri",
)
_CHANGED = Column(
    "changed",
    "datetime",
    _("last changed"),
    _("When what the public reads of it changed last."),
    lambda record: record.changed_at.isoformat(timespec="seconds") if record.changed_at else None,
)
_LICENCE = [
    Column("licence", "string", _("licence"), LICENCE_URL, lambda record: LICENCE),
    Column("attribution", "string", _("attribution"), _("Whom to name."), lambda record: ATTRIBUTION),
]


def with_last_change(records: Any) -> Any:
    """Annotates ``changed_at``: a note for staff, or a draft, moves nothing that the public has read."""
    versions = Revision.objects.filter(
        model_name=records.model._meta.model_name, code=models.OuterRef("code"), is_public=True
    )
    newest = models.Subquery(versions.order_by("-made_at").values("made_at")[:1])
    return records.annotate(changed_at=Coalesce(newest, "published_at"))


#: What nearly every table has beside its keys.
_ENDING = [_SOURCES, _CHANGED, *_LICENCE]


def _cited(model: Any) -> models.Prefetch:
    """The citations of its records with their sources, in one query."""
    return models.Prefetch("citations", model.citations.rel.related_model.objects.select_related("source"))


def _schema_of(model: type[models.Model]) -> Schema:
    return SCHEMAS_BY_MODEL_NAME[str(model._meta.model_name)]


def _confirmed_on(record: Any) -> str | None:
    both = both_sides(list(record.confirmations.all()))
    return both.made_on.isoformat() if both and both.lifted_at is None else None


_INFERRED = _listed(
    "inferences",
    _("inferred"),
    _("Groups of fields that staff concluded and no source states."),
    lambda record: [inference.about for inference in record.inferences.all()],
)
_FACTS = [
    Column(
        "facts",
        "integer",
        _("facts"),
        _("Groups of fields that are filled."),
        lambda record: count_of(record.facts().values()).total,
    ),
    Column(
        "facts_shown",
        "integer",
        _("facts with evidence to the sentence"),
        _("Those for which a source is cited with what it says and where."),
        lambda record: count_of(record.facts().values()).shown,
    ),
]
_CONFIRMED = Column(
    "confirmed_on",
    "date",
    _("confirmed by both sides on"),
    _("Empty unless a Swedish and a South African partner both stand by the record as it reads."),
    _confirmed_on,
)


def _participants(project: Project, *, funding: bool) -> list[str]:
    role = Participation.Role.FUNDER
    participations = project.participations.all()
    return _codes(row.partner for row in participations if (row.role == role) == funding)


def split_codes(codes: str) -> list[str]:
    return [code.strip() for code in codes.split(",") if code.strip()]


def _title_in(language: str, visit: Visit) -> str:
    with translation.override(language):
        return str(visit.title)


def _former_names(partner: Any) -> list[dict[str, str]]:
    return [
        {"name_en": former.name_en, "name_sv": former.name_sv, "period": former.period.edtf}
        for former in partner.former_names.all()
    ]


def _names_alone(partner: Any) -> list[str]:
    return [former.name_en or former.name_sv for former in partner.former_names.all()]


def _identifiers(partner: Any) -> list[dict[str, str]]:
    return [
        {"scheme": row.scheme, "value": row.value, "iri": row.iri, "source": row.source.code}
        for row in partner.public_identifiers
    ]


def _identifiers_alone(partner: Any) -> list[str]:
    return [row.value for row in partner.public_identifiers]


def _documented(record: Any) -> str:
    return str(record.documented.value)


def _professions(visit: Visit) -> list[dict[str, Any]]:
    return [{"profession": row.profession.code, "number": row.number} for row in visit.professions.all()]


def _profession_codes(visit: Visit) -> list[str]:
    return [row.profession.code for row in visit.professions.all()]


_EVIDENCE = Column(
    "documented",
    "string",
    _("how well documented"),
    _(
        "identified: named, with a source that is not the count itself; well: also with a period that is not inferred "
        "and sources from two issuers"
    ),
    _documented,
)

PROJECTS = Table(
    "projects",
    _("Projects and pre-studies"),
    lambda: (
        with_last_change(Project.objects.identified())
        .with_source_counts()
        .select_related("continues", "prestudy_of")
        .prefetch_related(
            "themes",
            "participations__partner",
            "goals",
            "objectives",
            "inferences",
            "confirmations__partner",
            _cited(Project),
        )
    ),
    _schema_of(Project),
    [
        _PAGE,
        _EVIDENCE,
        _listed("themes", _("themes"), _("Codes of its themes."), partial(_codes_of, "themes")),
        _listed(
            "partners",
            _("partners"),
            _("Codes of the bodies that took part, without those that only paid."),
            lambda project: _participants(project, funding=False),
        ),
        _listed(
            "funders",
            _("funders"),
            _("Codes of the bodies that paid."),
            lambda project: _participants(project, funding=True),
        ),
        _listed(
            "goals",
            _("global goals"),
            _("Numbers of the UN goals, only where a source states them."),
            lambda project: [str(goal.number) for goal in project.goals.all()],
        ),
        *_ENDING,
        _CONFIRMED,
        _INFERRED,
        *_FACTS,
    ],
)
VISITS = Table(
    "visits",
    _("Visits"),
    lambda: (
        with_last_change(Visit.objects.identified())
        .with_source_counts()
        .prefetch_related(
            "hosts__former_names",
            "guests__former_names",
            "projects",
            "professions__profession",
            _cited(Visit),
            "confirmations",
            "inferences",
        )
    ),
    _schema_of(Visit),
    [
        _PAGE,
        *(
            Column(
                f"title_{language}",
                "string",
                _("title"),
                _("The title that this site uses, with the names that the bodies had then."),
                partial(_title_in, language),
            )
            for language in language_codes()
        ),
        _EVIDENCE,
        _listed("hosts", _("hosts"), _("Codes of the bodies that received it."), partial(_codes_of, "hosts")),
        _listed("guests", _("guests"), _("Codes of the bodies that made it."), partial(_codes_of, "guests")),
        _listed("projects", _("projects"), _("Codes of its projects."), partial(_codes_of, "projects")),
        Column(
            "professions",
            "array",
            _("professions"),
            _("Codes of the professions of its delegates. Their numbers: in JSON, and in a table of their own."),
            _professions,
            cell=_profession_codes,
        ),
        *_ENDING,
        _CONFIRMED,
        _INFERRED,
        *_FACTS,
    ],
)
OUTPUTS = Table(
    "outputs",
    _("Outputs"),
    lambda: (
        with_last_change(Output.objects.public())
        .select_related("project", "said_by")
        .prefetch_related(_cited(Output), "inferences", "confirmations__partner")
    ),
    _schema_of(Output),
    [
        _PAGE,
        # The foreign key that the record file leaves out, since an output stands there inside its project.
        *_column(Output, "project"),
        *_ENDING,
        _CONFIRMED,
        _INFERRED,
    ],
)
THEMES = Table(
    "themes",
    _("Themes"),
    lambda: with_last_change(Theme.objects.published()).prefetch_related(_cited(Theme)),
    _schema_of(Theme),
    [
        _PAGE,
        _listed(
            "dac_sectors",
            _("DAC sectors"),
            _("Codes of the OECD’s sectors of development; a judgement of this site."),
            lambda theme: split_codes(theme.dac_sectors),
        ),
        _listed(
            "policy_markers",
            _("policy markers"),
            _("Codes of the OECD’s policy markers: 1 is gender equality, 11 disability; a judgement of this site."),
            lambda theme: split_codes(theme.policy_markers),
        ),
        *_ENDING,
    ],
)
PARTNERS = Table(
    "partners",
    _("Partners"),
    lambda: with_last_change(Partner.objects.published()).prefetch_related(
        "former_names", "identifiers__source", "successions__successor", "inferences", _cited(Partner)
    ),
    _schema_of(Partner),
    [
        _PAGE,
        Column(
            "former_names",
            "array",
            _("former names"),
            _("Earlier names. The time in which they were in force: in JSON, and in a table of their own."),
            _former_names,
            cell=_names_alone,
        ),
        Column(
            "identifiers",
            "array",
            _("identifiers"),
            _("What registers of others call it. Which one, and the source: in JSON, and in a table of their own."),
            _identifiers,
            cell=_identifiers_alone,
        ),
        Column(
            "successor",
            "string",
            _("successor"),
            _("Code of the body that took over."),
            partial(_code_of, "successor"),
            refers_to="partners",
        ),
        *_ENDING,
        _INFERRED,
    ],
)
MILESTONES = Table(
    "milestones",
    _("History"),
    lambda: with_last_change(Milestone.objects.published()).prefetch_related("inferences", _cited(Milestone)),
    _schema_of(Milestone),
    [_PAGE, *_ENDING, _INFERRED],
)
SOURCES = Table(
    "sources",
    _("Sources"),
    lambda: with_last_change(Source.objects.published()),
    _schema_of(Source),
    [
        _PAGE,
        _CHANGED,
        *_LICENCE,
        Column(
            "issuer", "string", _("issuer without channel"), meaning_of(Source, "issuer"), partial(_attribute, "issuer")
        ),
    ],
)


@dataclass(frozen=True)
class StatementRow:
    """A statement with the count of the record against its claim."""

    statement: Any
    coverage: Coverage | None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.statement, name)


def _statements() -> list[StatementRow]:
    rows = []
    for claim in with_statements(Claim.objects.published()):
        coverage = coverage_of(claim)
        # The record is counted for the version that this site leads with, and for no other.
        rows += [
            StatementRow(statement, coverage if statement.preferred else None) for statement in claim.statements.all()
        ]
    return rows


def _counted(name: str, row: StatementRow) -> int | None:
    return getattr(row.coverage, name, None)


def _claim_label(language: str, row: StatementRow) -> str:
    return getattr(row.claim, to_attribute("label", language))


CLAIMS = Table(
    "claims",
    _("Claims and statements"),
    _statements,
    _schema_of(Statement),
    [
        Column("claim", "string", _("claim"), _("Code of what is claimed."), lambda row: row.claim.code),
        Column(
            "page",
            "string",
            _("page"),
            _("The lasting address of the claim."),
            lambda row: row.claim.permanent_url,
            "uri",
        ),
        *(
            Column(f"label_{language}", "string", _("label"), _("What is claimed."), partial(_claim_label, language))
            for language in language_codes()
        ),
        Column(
            "documented",
            "integer",
            _("on record"),
            _("What the record counts against it; only beside the version that this site leads with."),
            partial(_counted, "documented"),
        ),
        Column(
            "documented_perhaps",
            "integer",
            _("on record, perhaps"),
            _("The same with what is not known to belong."),
            partial(_counted, "perhaps"),
        ),
        _SOURCES,
        *_LICENCE,
        _CONFIRMED,
        Column(
            "documented_high",
            "integer",
            _("on record, at most"),
            _("Where numbers are documented as ranges; else empty."),
            partial(_counted, "documented_high"),
        ),
        Column(
            "documented_perhaps_high",
            "integer",
            _("on record, perhaps at most"),
            _("Where numbers are documented as ranges; else empty."),
            partial(_counted, "perhaps_high"),
        ),
    ],
)

SEARCHES = Table("searches", _("Where we looked"), LoggedSearch.objects.all, _schema_of(LoggedSearch), [*_LICENCE])

TABLES: dict[str, Table] = {
    table.name: table for table in (PROJECTS, VISITS, OUTPUTS, THEMES, PARTNERS, MILESTONES, CLAIMS, SOURCES, SEARCHES)
}

# Writing rows


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return xml_safe("; ".join(value))
    return xml_safe(str(value))


def csv_rows(table: Table, records: Iterable[Any]) -> Iterator[str]:
    """The table as CSV (RFC 4180, UTF-8), yielded line by line, so that memory use does not grow with the rows.

    A text that a spreadsheet program would take for a formula has an apostrophe before it (docs/data.md).
    """
    line = StringIO()
    writer = csv.writer(line, lineterminator="\r\n")
    writer.writerow([column.name for column in table.columns])
    yield line.getvalue()
    for record in records:
        line.seek(0)
        line.truncate()
        writer.writerow(table.cells(record))
        yield line.getvalue()


def terms() -> dict[str, Any]:
    """What every file in JSON says of itself: its shape, where that is described, the licence, and whom to name."""
    schema = f"{settings.SITE_URL}/data/datapackage.json"
    return {"format": FORMAT, "schema": schema, "licence": LICENCE_URL, "attribution": ATTRIBUTION}


def json_rows(table: Table, records: Iterable[Any], about: dict[str, Any]) -> Iterator[str]:
    """The rows as one JSON object, yielded row by row; ``about`` gives its first keys."""
    opening = {**about, **terms()}
    yield json.dumps(opening, ensure_ascii=False)[:-1] + ', "records": ['
    separator = "\n"
    for record in records:
        yield separator + json.dumps(table.row(record), ensure_ascii=False)
        separator = ",\n"
    yield "\n]}\n"
