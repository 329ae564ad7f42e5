"""The tables of what ties records together, of their evidence, and of what is no longer public.

Each row names its records by code and holds public ones only: what is tied to a draft is no row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from translated_fields import to_attribute

from projects.models import Objective, Output, Participation, Project, Theme
from visits.models import Delegates, Profession, Visit

from ..addresses import permanent_models
from ..fields.translated import language_codes
from ..models import (
    Criterion,
    Document,
    Edition,
    FieldGroup,
    Milestone,
    Partner,
    PartnerIdentifier,
    PartnerName,
    Photo,
    Revision,
    Statement,
    Succession,
)
from ..publishing import State, permanent_path, record_models
from ..record.schemas import SCHEMAS_BY_MODEL_NAME
from .tables import TABLES, Column, Table

#: What may be cited or marked as inferred: the name of its table, and its public rows.
_KINDS: dict[str, Callable[[], models.QuerySet]] = {
    "projects": lambda: Project.objects.identified(),
    "visits": lambda: Visit.objects.identified(),
    "outputs": lambda: Output.objects.public(),
    "themes": lambda: Theme.objects.published(),
    "partners": lambda: Partner.objects.published(),
    "milestones": lambda: Milestone.objects.published(),
    "claims": lambda: Statement.objects.published().filter(claim__state=State.PUBLISHED),
}
_ABOUT = tuple(FieldGroup.values)


def _text(name: str, title: Any, description: Any, read: Callable[[Any], Any] | None = None, **more: Any) -> Column:
    return Column(
        name, more.pop("type", "string"), title, description, read or (lambda row: getattr(row, name)), **more
    )


def _translated(name: str, title: Any, description: Any) -> Iterator[Column]:
    for language in language_codes():
        attribute = to_attribute(name, language)
        yield _text(attribute, title, description)


def _code_of(name: str, row: Any) -> str:
    return getattr(row, name).code


def _refers(name: str, title: Any, description: Any, table: str) -> Column:
    return _text(name, title, description, partial(_code_of, name), refers_to=table)


_RECORD = [
    _text("table", _("table"), _("The table of the record."), codes=tuple(_KINDS)),
    _text("record", _("record"), _("Code of the record in that table.")),
]


class _Tied:
    """A row of a record, with the table and code of the record."""

    def __init__(self, row: Any, table: str, record: str):
        self.row, self.table, self.record = row, table, record

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


def _tied(relation: str, *related: str, **which: Any) -> list[_Tied]:
    """The rows of one relation of every public record, in the order of tables and codes: one query for each table."""
    tied = []
    for table, records in _KINDS.items():
        public = records()
        if not hasattr(public.model, relation):
            continue
        link: Any = public.model._meta.get_field(relation)
        record = link.field.name
        rows = link.related_model._default_manager.filter(**{f"{record}__in": public.order_by().values("pk")}, **which)
        ordered = rows.select_related(record, *related).order_by(f"{record}__code", "pk")
        tied += [_Tied(row, table, getattr(row, record).code) for row in ordered]
    return tied


def _day_of_reply(row: Any) -> str:
    return row.given_on.isoformat()


CITATIONS = Table(
    "citations",
    _("Citations"),
    lambda: _tied("citations", "source", source__state=State.PUBLISHED),
    None,
    [
        *_RECORD,
        _refers("source", _("source"), _("Code of the source."), "sources"),
        _text(
            "about",
            _("about"),
            _("The group of facts of the record that the source speaks of. Empty: the record as a whole."),
        ),
        *_translated("says", _("what the source says"), _("What the source says there, in the words of this site.")),
        _text("locator", _("where in it"), _("Where in the source it stands.")),
        _text(
            "quotation",
            _("phrase"),
            _("A few words of the source, in its own language. They belong to the source."),
        ),
    ],
    ("table", "record", "source", "about"),
)
INFERENCES = Table(
    "inferences",
    _("Inferred facts"),
    lambda: _tied("inferences"),
    None,
    [
        *_RECORD,
        _text("about", _("about"), _("The group of facts that no source states."), codes=_ABOUT),
        *_translated("reason", _("what it follows from"), _("What was concluded, and from what.")),
    ],
    ("table", "record", "about"),
)
CONFIRMATIONS = Table(
    "confirmations",
    _("Confirmations"),
    lambda: _tied("confirmations", "partner", lifted_at=None, partner__state=State.PUBLISHED),
    None,
    [
        *_RECORD,
        _text("country", _("side"), _("The country of the side that confirms."), codes=("SE", "ZA")),
        _refers("partner", _("partner"), _("Code of the partner that stands by the record as it reads."), "partners"),
        _text(
            "made_on",
            _("confirmed on"),
            _("The day of the confirmation."),
            lambda row: row.made_on.isoformat(),
            type="date",
        ),
    ],
    ("table", "record", "country"),
)
REPLIES = Table(
    "replies",
    _("Replies of partners"),
    lambda: _tied("replies", "partner", partner__state=State.PUBLISHED),
    None,
    [
        *_RECORD,
        _text("about", _("about"), _("The group of facts that it answers. Empty: the record as a whole.")),
        _refers("partner", _("partner"), _("Code of the partner that replies."), "partners"),
        _text("given_on", _("day of the reply"), _("When it was given."), _day_of_reply, type="date"),
        *_translated("text", _("reply"), _("In the words of the partner. They change no fact of the record.")),
    ],
    ("table", "record", "about", "partner", "given_on"),
)


def _participations() -> models.QuerySet:
    public = Participation.objects.filter(project__in=Project.objects.identified(), partner__state=State.PUBLISHED)
    return public.select_related("project", "partner").order_by("project__code", "partner__code", "role")


_PROJECT = _refers("project", _("project"), _("Code of the project."), "projects")
_PARTNER = _refers("partner", _("partner"), _("Code of the partner."), "partners")
PARTICIPATIONS = Table(
    "participations",
    _("Who took part in which project"),
    _participations,
    None,
    [
        _PROJECT,
        _PARTNER,
        _text("role", _("role"), _("What it did in the project."), codes=tuple(Participation.Role.values)),
    ],
    ("project", "partner", "role"),
)


def _numbered_objectives() -> list[Any]:
    rows: list[Any] = []
    objectives = Objective.objects.filter(project__in=Project.objects.identified()).select_related("project")
    for objective in objectives.order_by("project__code", "pk"):
        before = rows[-1] if rows and rows[-1].project_id == objective.project_id else None
        objective.number = before.number + 1 if before else 1  # type: ignore[attr-defined]
        rows.append(objective)
    return rows


OBJECTIVES = Table(
    "objectives",
    _("Objectives"),
    _numbered_objectives,
    None,
    [
        _PROJECT,
        _text("number", _("number"), _("Its place among the objectives of the project."), type="integer"),
        *_translated("text", _("objective"), _("What the project set out to do, in the words of this site.")),
    ],
    ("project", "number"),
)
NAMES = Table(
    "names",
    _("Former names of partners"),
    lambda: (
        PartnerName.objects.filter(partner__state=State.PUBLISHED)
        .select_related("partner")
        .order_by("partner__code", models.F("latest").asc(nulls_first=True), "pk")
    ),
    None,
    [
        _PARTNER,
        *_translated("name", _("name"), _("A name that it had.")),
        *_translated("short_name", _("short name"), _("The name in short.")),
        _text("period", _("period"), _("When the name was in force, in EDTF."), lambda row: row.period.edtf),
    ],
    ("partner", "name_en", "name_sv", "period"),
)


IDENTIFIERS = Table(
    "identifiers",
    _("Identifiers of partners in registers of others"),
    lambda: (
        PartnerIdentifier.objects.public()
        .select_related("partner", "source")
        .order_by("partner__code", "scheme", "value")
    ),
    None,
    [
        _PARTNER,
        _text("scheme", _("register"), _("Whose identifier it is."), codes=tuple(PartnerIdentifier.Scheme.values)),
        _text("value", _("identifier"), _("As the register writes it.")),
        _text(
            "iri",
            _("address"),
            _("The address by which other data name the same body. Empty where the register has none."),
            format="uri",
        ),
        _refers("source", _("source"), _("Code of the source that says so."), "sources"),
    ],
    ("partner", "scheme", "value"),
)


def _successions() -> models.QuerySet:
    public = Succession.objects.filter(predecessor__state=State.PUBLISHED, successor__state=State.PUBLISHED)
    return public.select_related("predecessor", "successor").order_by("predecessor__code", "successor__code")


SUCCESSIONS = Table(
    "successions",
    _("Which body took over from which"),
    _successions,
    None,
    [
        _refers("predecessor", _("predecessor"), _("Code of the body that went before."), "partners"),
        _refers("successor", _("successor"), _("Code of the body that took over."), "partners"),
        _text("date", _("date"), _("When it took over, in EDTF."), lambda row: row.date.edtf),
    ],
    ("predecessor", "successor"),
)
PROFESSIONS = Table(
    "professions",
    _("Professions"),
    lambda: Profession.objects.order_by("code"),
    None,
    [
        _text("code", _("code"), _("The name of the row in all tables. It never changes.")),
        *_translated("name", _("name"), _("In the plural.")),
        _text(
            "in_founding_list",
            _("in the founding list"),
            _("Whether it is one of the professions that the partners named in January 2018."),
            type="boolean",
        ),
    ],
)
DELEGATES = Table(
    "delegates",
    _("Delegates by profession"),
    lambda: (
        Delegates.objects.filter(visit__in=Visit.objects.identified())
        .select_related("visit", "profession")
        .order_by("visit__code", "profession__code")
    ),
    None,
    [
        _refers("visit", _("visit"), _("Code of the visit."), "visits"),
        _refers("profession", _("profession"), _("Code of the profession."), "professions"),
        _text(
            "number",
            _("number"),
            _("How many of them travelled. Empty: that they did is documented, how many is not."),
            type="integer",
        ),
    ],
    ("visit", "profession"),
)
CRITERIA = Table(
    "criteria",
    _("Criteria of awards"),
    lambda: Criterion.objects.select_related("round").order_by("code"),
    None,
    [
        _text("code", _("code"), _("The name of the row in all tables. It never changes.")),
        _text("award", _("award"), _("The award."), lambda row: row.round.award),
        _text("year", _("year"), _("The year of the round."), lambda row: row.round.year, type="integer"),
        *_translated("name", _("criterion"), _("The criterion, in the words of this site.")),
        _text(
            "is_condition",
            _("condition"),
            _("Whether it is a condition for taking part, and not judged."),
            type="boolean",
        ),
    ],
)


def _absolute(record: Any) -> str:
    return f"{settings.SITE_URL}{record.get_absolute_url()}"


_CREDIT = [
    _text("credit", _("credit"), _("Whom to name.")),
    _text("licence", _("licence"), _("The terms of this file. Empty: all rights reserved.")),
]
_FILE_PERIOD = _text("period", _("date"), _("When it was made, in EDTF."), lambda row: row.period.edtf)
PHOTOGRAPHS = Table(
    "photographs",
    _("Photographs"),
    lambda: Photo.objects.published().order_by("code"),
    None,
    [
        _text("code", _("code"), _("The name of the row in all tables. It never changes.")),
        _text("url", _("address"), _("Its largest size."), _absolute, format="uri"),
        *_translated("caption", _("caption"), _("What it shows.")),
        *_CREDIT,
        _FILE_PERIOD,
        _text("width", _("width"), _("Pixels of the original."), type="integer"),
        _text("height", _("height"), _("Pixels of the original."), type="integer"),
    ],
)
DOCUMENTS = Table(
    "documents",
    _("Documents"),
    lambda: Document.objects.published().order_by("code"),
    None,
    [
        _text("code", _("code"), _("The name of the row in all tables. It never changes.")),
        _text("url", _("address"), _("The file itself."), _absolute, format="uri"),
        *_translated("title", _("title"), _("What it is.")),
        _text("kind", _("kind"), _("What kind of document it is."), codes=tuple(Document.Kind.values)),
        _text("language", _("language"), _("The language, by its code in BCP 47.")),
        *_CREDIT,
        _FILE_PERIOD,
        _text("size", _("size"), _("Bytes."), type="integer"),
        _text("sha256", "SHA-256", _("The checksum of the file.")),
    ],
)


def _no_longer_public(**which: Any) -> Iterator[Any]:
    """What was public once and is not now, of every kind that the data hold. One query, and one for each kind found."""
    kinds = {str(model._meta.model_name): model for model in _kinds_in_data()}
    keys_by_kind = [
        model._default_manager.filter(published_at__isnull=False, **which)
        .order_by()
        .values_list(models.Value(name, output_field=models.CharField()), "pk")
        for name, model in kinds.items()
    ]
    keys: dict[str, list[int]] = {}
    for name, key in keys_by_kind[0].union(*keys_by_kind[1:], all=True):
        keys.setdefault(name, []).append(key)
    for name, model in kinds.items():
        if name in keys:
            yield from model._default_manager.filter(pk__in=keys[name]).select_related("merged_into").order_by("code")


def _kinds_in_data() -> list[Any]:
    return [model for model in record_models() if model.in_open_data or model in (Photo, Document)]


def _withdrawn() -> list[Any]:
    return list(_no_longer_public(state=State.WITHDRAWN, merged_into=None))


def _merged() -> list[Any]:
    merged = _no_longer_public(merged_into__isnull=False)
    return [record for record in merged if record.survivor.is_published]


_KIND = _text(
    "kind", _("kind"), _("The kind of record, as in its lasting address."), lambda row: str(row._meta.model_name)
)
WITHDRAWN = Table(
    "withdrawn",
    _("Withdrawn records"),
    _withdrawn,
    None,
    [
        _KIND,
        _text("code", _("code"), _("The code that it had, and that no other record will have.")),
        _text(
            "withdrawn_on",
            _("withdrawn on"),
            _("The day of the withdrawal."),
            lambda row: row.withdrawn_on.isoformat(),
            type="date",
        ),
        *_translated("withdrawal_reason", _("reason for withdrawal"), _("Why it was withdrawn.")),
        _text("page", _("page"), _("The lasting address of the record."), lambda row: row.permanent_url, format="uri"),
    ],
    ("kind", "code"),
)
MERGED = Table(
    "merged",
    _("Merged records"),
    _merged,
    None,
    [
        _KIND,
        _text("code", _("code"), _("The code that it had, and that leads to the other one for ever.")),
        _text(
            "merged_into",
            _("merged into"),
            _("Code of the record that holds both now."),
            lambda row: row.survivor.code,
        ),
    ],
    ("kind", "code"),
)
EDITIONS = Table(
    "editions",
    _("Editions of dossiers"),
    lambda: (
        Edition.objects.public().select_related("submission", "data_release").order_by("submission__code", "number")
    ),
    None,
    [
        _text("dossier", _("dossier"), _("Code of the dossier."), lambda row: row.submission.code),
        _text("number", _("number"), _("Its number among the editions of the dossier."), type="integer"),
        _text("made_on", _("made"), _("The day on which it was frozen."), lambda row: str(row.made_on), type="date"),
        _text("sha256", "SHA-256", _("The checksum of its data.")),
        _text("page", _("page"), _("The address of the edition."), _absolute, format="uri"),
        _text(
            "data_version",
            _("version of the data"),
            _("The version of these data at that moment. Empty for older editions."),
            lambda row: row.data_release.version if row.data_release else None,
        ),
        _text(
            "withdrawn_on",
            _("withdrawn on"),
            _("Empty: it stands."),
            lambda row: row.withdrawn_on.isoformat() if row.withdrawn_on else None,
            type="date",
        ),
        _text("withdrawal_reason", _("reason for withdrawal"), _("Why it was withdrawn.")),
    ],
    ("dossier", "number"),
)


def _changes() -> models.QuerySet:
    return Revision.objects.public().order_by("made_at", "pk")


def _page_of_change(row: Revision) -> str:
    path = permanent_path(row.model_name, row.code) if row.model_name in permanent_models() else ""
    return f"{settings.SITE_URL}{path}" if path else ""


CHANGES = Table(
    "changes",
    _("Changes"),
    _changes,
    None,
    [
        _text(
            "number",
            _("number"),
            _("The number of the change; later ones are higher."),
            lambda row: row.pk,
            type="integer",
        ),
        _text(
            "made_at",
            _("when"),
            _("Date and time of the change."),
            lambda row: row.made_at.isoformat(timespec="seconds"),
            type="datetime",
        ),
        _text("kind", _("kind"), _("The kind of record, as in its lasting address."), lambda row: row.model_name),
        _text("record", _("record"), _("Code of the record."), lambda row: row.code),
        _text("action", _("action"), _("What was done."), codes=tuple(Revision.Action.values)),
        _text("reason", _("reason"), _("Why, where it was said.")),
        Column(
            "fields",
            "array",
            _("changed fields"),
            _("The names of what changed; empty where the whole record is meant."),
            lambda row: [key for key in row.fields if SCHEMAS_BY_MODEL_NAME[row.model_name].is_public(key)],
        ),
        _text(
            "partner",
            _("partner"),
            _("Code of the partner whose staff made the change. Empty: not stated."),
            lambda row: row.partner.code if row.partner and row.partner.is_published else "",
            refers_to="partners",
        ),
        _text(
            "page",
            _("page"),
            _("The lasting address of the record. Empty for photographs and documents, which have none."),
            _page_of_change,
            format="uri",
        ),
    ],
    ("number",),
)
#: Every table of the data, those of records first.
ALL_TABLES: dict[str, Table] = TABLES | {
    table.name: table
    for table in (
        *(CITATIONS, INFERENCES, CONFIRMATIONS, PARTICIPATIONS, OBJECTIVES, NAMES, IDENTIFIERS, SUCCESSIONS),
        *(PROFESSIONS, DELEGATES, CRITERIA, PHOTOGRAPHS, DOCUMENTS, WITHDRAWN, MERGED, EDITIONS, CHANGES, REPLIES),
    )
}
