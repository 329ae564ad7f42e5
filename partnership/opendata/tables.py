"""The tables of open data: their columns, in a permanent order, and how each value is read.

Titles and descriptions of columns come from the models, so that the data dictionary matches the admin.
"""

from __future__ import annotations

import csv
import datetime
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from io import StringIO
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from translated_fields import TranslatedField, to_attribute

from projects.models import Output, Participation, Project, Theme
from visits.models import Visit

from ..coverage import Coverage, coverage_of, with_statements
from ..fields.periods import Period, PeriodField
from ..fields.translated import language_codes
from ..models import Claim, Milestone, Partner, Source, Statement
from ..models.confirmations import both_sides
from ..publishing import State

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


@dataclass(frozen=True)
class Table:
    """A kind of record as rows. ``records`` returns the published ones with all relations that the columns read."""

    name: str
    title: Any
    records: Callable[[], models.QuerySet | list]
    columns: list[Column]

    def row(self, record: Any) -> dict[str, Any]:
        return {column.name: column.read(record) for column in self.columns}


# Columns from models


def _columns(model: type[models.Model], *names: str) -> list[Column]:
    """The columns of fields of a model: of a translated one a column per language, of a period also its two days."""
    return [column for name in names for column in _column(model, name)]


def _column(model: type[models.Model], name: str) -> Iterator[Column]:
    translated = getattr(model, name, None)
    if isinstance(translated, TranslatedField):
        for language in language_codes():
            attribute = to_attribute(name, language)
            text: Any = model._meta.get_field(attribute)
            yield Column(attribute, "string", text.verbose_name, text.help_text, partial(_attribute, attribute))
        return
    column: Any = model._meta.get_field(name)
    read = partial(_code_of if column.is_relation else _attribute, name)
    kind = _TYPES.get(type(column), "string")
    yield Column(name, kind, column.verbose_name, _description(column), read, _format(column))
    if isinstance(column, PeriodField):
        for bound in (column.earliest_field, column.latest_field):
            if bound:
                day: Any = model._meta.get_field(bound)
                yield Column(bound, "date", day.verbose_name, "", partial(_attribute, bound))


_TYPES: dict[type[models.Field], str] = {
    models.IntegerField: "integer",
    models.PositiveIntegerField: "integer",
    models.PositiveSmallIntegerField: "integer",
    models.BooleanField: "boolean",
    models.DateField: "date",
    models.DecimalField: "number",
}


def _description(column: Any) -> Any:
    if isinstance(column, PeriodField):
        return _("A date of any precision in EDTF (ISO 8601-2); empty where it is not documented.")
    if column.choices:
        return "; ".join(f"{code}: {label}" for code, label in column.flatchoices)
    return column.help_text


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
    "changed", "datetime", _("last changed"), "", lambda record: record.modified_at.isoformat(timespec="seconds")
)
_LICENCE = [
    Column("licence", "string", _("licence"), LICENCE_URL, lambda record: LICENCE),
    Column("attribution", "string", _("attribution"), _("Whom to name."), lambda record: ATTRIBUTION),
]


def _ending(model: type[models.Model]) -> list[Column]:
    return [_SOURCES, *_columns(model, "note"), _CHANGED, *_LICENCE]


_CITED = "citations__source"


def _confirmed_on(record: Any) -> str | None:
    both = both_sides(list(record.confirmations.all()))
    return both.made_on.isoformat() if both and both.lifted_at is None else None


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


def _title_in(language: str, visit: Visit) -> str:
    with translation.override(language):
        return str(visit.title)


def _former_names(partner: Any) -> list[str]:
    return [f"{former.name_en or former.name_sv} ({former.period.edtf})" for former in partner.former_names.all()]


def _documented(record: Any) -> str:
    return str(record.documented.value)


def _professions(visit: Visit) -> list[str]:
    return [
        f"{row.profession.code}: {'not documented' if row.number is None else row.number}"
        for row in visit.professions.all()
    ]


_EVIDENCE = Column(
    "documented",
    "string",
    _("how well documented"),
    _("identified: a title and a source; well: also a period and a second source"),
    _documented,
)

PROJECTS = Table(
    "projects",
    _("Projects and pre-studies"),
    lambda: (
        Project.objects.identified()
        .with_source_counts()
        .select_related("continues", "prestudy_of")
        .prefetch_related("themes", "participations__partner", "goals", "objectives", "confirmations__partner", _CITED)
    ),
    [
        *_columns(Project, "code"),
        _PAGE,
        *_columns(Project, "title", "title_original", "kind", "status", "period", "period_note", "in_founding_count"),
        _EVIDENCE,
        *_columns(Project, "summary"),
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
        *_columns(Project, "continues", "prestudy_of", "budget_amount", "budget_currency", "budget_basis"),
        *_columns(Project, "external_reference"),
        *_ending(Project),
        _CONFIRMED,
    ],
)
VISITS = Table(
    "visits",
    _("Visits"),
    lambda: (
        Visit.objects.identified()
        .with_source_counts()
        .prefetch_related(
            "hosts__former_names",
            "guests__former_names",
            "projects",
            "professions__profession",
            _CITED,
            "confirmations",
        )
    ),
    [
        *_columns(Visit, "code"),
        _PAGE,
        *(
            Column(f"title_{language}", "string", _("title"), "", partial(_title_in, language))
            for language in language_codes()
        ),
        *_columns(Visit, "direction", "period", "period_note", "in_founding_count"),
        _EVIDENCE,
        _listed("hosts", _("hosts"), _("Codes of the bodies that received it."), partial(_codes_of, "hosts")),
        _listed("guests", _("guests"), _("Codes of the bodies that made it."), partial(_codes_of, "guests")),
        _listed("projects", _("projects"), _("Codes of its projects."), partial(_codes_of, "projects")),
        *_columns(Visit, "delegates", "delegates_high"),
        _listed("professions", _("professions"), _("Each profession with its number."), _professions),
        *_columns(Visit, "purpose"),
        *_ending(Visit),
        _CONFIRMED,
    ],
)
OUTPUTS = Table(
    "outputs",
    _("Outputs"),
    lambda: (
        Output.objects.public().select_related("project", "said_by").prefetch_related(_CITED, "confirmations__partner")
    ),
    [
        *_columns(Output, "code"),
        _PAGE,
        *_columns(Output, "project", "kind", "side", "said_by", "text", "soft_kind", "sphere"),
        *_ending(Output),
        _CONFIRMED,
    ],
)
THEMES = Table(
    "themes",
    _("Themes"),
    lambda: Theme.objects.published().prefetch_related(_CITED),
    [
        *_columns(Theme, "code"),
        _PAGE,
        *_columns(Theme, "name", "in_founding_list", "position", "dac_sectors", "policy_markers"),
        *_ending(Theme),
    ],
)
PARTNERS = Table(
    "partners",
    _("Partners"),
    lambda: Partner.objects.published().prefetch_related("former_names", "successions__successor", _CITED),
    [
        *_columns(Partner, "code"),
        _PAGE,
        *_columns(Partner, "name", "short_name", "kind", "country", "role", "active", "town", "latitude", "longitude"),
        _listed(
            "former_names",
            _("former names"),
            _("Earlier names with the time in which they were in force."),
            _former_names,
        ),
        Column(
            "successor",
            "string",
            _("successor"),
            _("Code of the body that took over."),
            partial(_code_of, "successor"),
        ),
        *_columns(Partner, "website", "description"),
        *_ending(Partner),
    ],
)
MILESTONES = Table(
    "milestones",
    _("History"),
    lambda: Milestone.objects.published().prefetch_related(_CITED),
    [*_columns(Milestone, "code"), _PAGE, *_columns(Milestone, "period", "title", "text"), *_ending(Milestone)],
)
SOURCES = Table(
    "sources",
    _("Sources"),
    lambda: Source.objects.published(),
    [
        *_columns(Source, "code"),
        _PAGE,
        *_columns(Source, "title", "publisher", "grade", "kind", "url", "archive_url", "language"),
        *_columns(Source, "published", "read_on", "note"),
        _CHANGED,
        *_LICENCE,
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
        rows += [StatementRow(statement, coverage) for statement in claim.statements.all()]
    return rows


def _counted(name: str, row: StatementRow) -> int | None:
    return getattr(row.coverage, name, None)


def _claim_label(language: str, row: StatementRow) -> str:
    return getattr(row.claim, to_attribute("label", language))


CLAIMS = Table(
    "claims",
    _("Claims and statements"),
    _statements,
    [
        *_columns(Statement, "code"),
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
            Column(f"label_{language}", "string", _("label"), "", partial(_claim_label, language))
            for language in language_codes()
        ),
        *_columns(Statement, "qualifier", "value_low", "value_high", "wording"),
        *_columns(Statement, "as_of", "preferred", "quote", "quote_language"),
        Column(
            "documented",
            "integer",
            _("on record"),
            _("What the record counts against it."),
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
        *_columns(Statement, "note"),
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

TABLES: dict[str, Table] = {
    table.name: table for table in (PROJECTS, VISITS, OUTPUTS, THEMES, PARTNERS, MILESTONES, CLAIMS, SOURCES)
}

# Writing rows


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "; ".join(value)
    return str(value)


def csv_rows(table: Table, records: Iterable[Any]) -> Iterator[str]:
    """The table as CSV (RFC 4180, UTF-8), yielded line by line, so that memory use does not grow with the rows."""
    line = StringIO()
    writer = csv.writer(line, lineterminator="\r\n")
    writer.writerow([column.name for column in table.columns])
    yield line.getvalue()
    for record in records:
        line.seek(0)
        line.truncate()
        writer.writerow([_cell(column.read(record)) for column in table.columns])
        yield line.getvalue()


def json_rows(table: Table, records: Iterable[Any], about: dict[str, Any]) -> Iterator[str]:
    """The rows as one JSON object, yielded row by row; ``about`` gives its first keys."""
    opening = {**about, "licence": LICENCE_URL, "attribution": ATTRIBUTION}
    yield json.dumps(opening, ensure_ascii=False)[:-1] + ', "records": ['
    separator = "\n"
    for record in records:
        yield separator + json.dumps(table.row(record), ensure_ascii=False)
        separator = ",\n"
    yield "\n]}\n"
