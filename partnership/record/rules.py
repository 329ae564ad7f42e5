"""The rules of the record, written once for forms, spreadsheets and the loader.

Who may change what, what keeps a record from being published, which figures need a reason, and what is asked about as a
likely slip. What holds for any row, whatever wrote it, is a constraint of its model; likely duplicates and personal
data have modules of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from visits.models import Profession

from ..fields.codes import USUAL_CURRENCIES
from ..fields.edtf import InvalidPeriod
from ..fields.periods import Period, PeriodField
from ..fields.reading_periods import doubt as doubt_of_period
from ..models import Claim, Partner, Statement
from ..publishing import State
from .schemas import Schema, as_mapping

NEEDS_A_SOURCE = _("What is published needs at least one source. Add it here, or keep it a draft.")
HIDDEN_SOURCES = _(
    "Readers would see “no source yet”: “%(source)s” is a draft. Save this as a draft, and publish both under Review."
)
PERSONAL_DATA = _("“%(passage)s” looks like personal data. Take it out, or say below why it may stand here.")

Rows = Iterable[Mapping[str, Any]]
LONGEST_REASON = 300

# Who may


def may_publish(user: Any, model: type[models.Model]) -> bool:
    """Whether somebody may publish and withdraw records of a kind; a statement is published with its claim."""
    opts = (Claim if issubclass(model, Statement) else model)._meta
    return user.has_perm(f"{opts.app_label}.publish_{opts.model_name}")


def may_change(user: Any, record: Any) -> bool:
    """Editors change drafts; what is public is changed by those who may publish it, what was merged by nobody."""
    if getattr(record, "merged_into_id", None):
        return False
    return getattr(record, "state", State.DRAFT) == State.DRAFT or may_publish(user, type(record))


# What may be published


def lacks_source(state: str, sources: Iterable[Any]) -> bool:
    return state == State.PUBLISHED and not any(sources)


def hidden_sources(state: str, sources: Iterable[Any]) -> list[Any]:
    """The sources of a published record where all of them are drafts: readers would see “no source yet”."""
    cited = list(sources)
    is_hidden = state == State.PUBLISHED and all(source.state == State.DRAFT for source in cited)
    return cited if is_hidden else []


# Figures


def changed_figures(model: type[models.Model], before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The figures of a published record that differ: readers count on them, and are told why they change."""
    return [name for name in figures_of(model) if _plain(before.get(name)) != _plain(after.get(name))]


def rows_change_figures(schema: Schema, before: Rows, after: Rows) -> bool:
    """Whether a figure in a row of a published record differs, or goes with its row. A further row changes none."""
    was, now = _figures_by_row(schema, before), _figures_by_row(schema, after)
    return any(now[row] != figures if row in now else any(figures) for row, figures in was.items())


def figures_in_row(schema: Schema, row: Any) -> dict[str, Any]:
    """What ``rows_change_figures`` compares, of a row in the database or in a form."""
    return {key: getattr(row, schema.field(key).attname) for key in (*_named_by(schema), *figures_of(schema.model))}


def _figures_by_row(schema: Schema, rows: Rows) -> dict[tuple[str, ...], list[str]]:
    figures = figures_of(schema.model)
    return {
        tuple(_plain(row.get(key)) for key in _named_by(schema)): [_plain(row.get(name)) for name in figures]
        for row in rows
    }


def _named_by(schema: Schema) -> list[str]:
    """The keys by which a row is known: its code, or all that is no figure of it."""
    return ["code"] if "code" in schema.keys else [key for key in schema.keys if key not in figures_of(schema.model)]


def figures_of(model: type[models.Model]) -> tuple[str, ...]:
    return getattr(model, "figures", ())


def _plain(value: Any) -> str:
    return "" if value is None else str(value)


def full_reason(reason: str, allowed_because: str, right_because: str) -> str:
    """What a version keeps of the reasons that were given."""
    parts = [reason]
    if allowed_because:
        parts.append(gettext("Personal data: %(why)s") % {"why": allowed_because})
    if right_because:
        parts.append(gettext("Checked: %(why)s") % {"why": right_because})
    return " ".join(part for part in parts if part)[:LONGEST_REASON]


# Personal data


def is_prose(column: Any) -> bool:
    """Whether a person could be named in a column: codes, addresses, dates and words of a list hold no prose."""
    is_text = isinstance(column, (models.CharField, models.TextField)) and not column.choices
    return is_text and not isinstance(column, (models.SlugField, models.URLField, PeriodField, models.FileField))


# Likely slips

#: Codes of languages that are typed for another one: what they mean, and what is meant.
_CONFUSED_LANGUAGES = {"se": (_("Northern Sami"), "sv"), "sw": (_("Swahili"), "sv")}
#: The rows of a record, and of these the keys, that doubts look at.
ROWS = {"professions": ("profession", "number"), "citations": ("about",)}
#: So many of a profession may be known by it.
_IDENTIFIABLE = 2


class Doubt(NamedTuple):
    """A value that is likely a slip: the key in the record’s text form, and a question in the active language."""

    key: str
    question: str


def new_doubts(schema: Schema, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Doubt]:
    """What a change makes doubtful in a record, of which both are the text form; a reason overrules it.

    What was doubtful before has been answered, or was there before anybody asked.
    """
    known = set(_doubts(schema, before))
    return [doubt for doubt in _doubts(schema, after) if doubt not in known]


def _doubts(schema: Schema, text: Mapping[str, Any]) -> Iterator[Doubt]:
    yield from _doubts_of_dates(schema, text)
    for key, rows in schema.rows.items():
        for row in text.get(key) or ():
            yield from (Doubt(key, doubt.question) for doubt in _doubts_of_dates(rows, as_mapping(rows, row)))
    model_name = schema.model._meta.model_name
    if model_name == "visit":
        yield from _doubts_of_visit(
            text, [as_mapping(schema.rows["professions"], row) for row in text.get("professions") or ()]
        )
    elif model_name == "project":
        yield from _doubts_of_project(text)
    if text.get("language") in _CONFUSED_LANGUAGES:
        meaning, meant = _CONFUSED_LANGUAGES[text["language"]]
        words = {"code": text["language"], "language": meaning, "meant": meant}
        yield Doubt("language", gettext("“%(code)s” is %(language)s. Or is Swedish meant, %(meant)s?") % words)


def _doubts_of_dates(schema: Schema, text: Mapping[str, Any]) -> Iterator[Doubt]:
    for key in schema.keys:
        is_date = not schema.translated(key) and isinstance(schema.field(key), (PeriodField, models.DateField))
        if is_date and (question := doubt_of_period(_period(text.get(key)))):
            yield Doubt(key, str(question))


def _doubts_of_visit(text: Mapping[str, Any], professions: list[Any]) -> Iterator[Doubt]:
    period = _period(text.get("period"))
    begin = period.bounds()[0] if period and not doubt_of_period(period) else None
    if begin and begin > timezone.localdate() and text.get("how_known") not in {"planned", "announced"}:
        question = gettext("The visit begins on %(day)s, which has not come yet. Is it announced or planned?")
        yield Doubt("how_known", question % {"day": Period(begin.isoformat()).print()})
    if both := sorted(set(text.get("hosts") or ()) & set(text.get("guests") or ())):
        partners = ", ".join(_name(Partner, code) for code in both)
        yield Doubt("guests", gettext("%(partners)s: both host and guest?") % {"partners": partners})
    numbers = {row["profession"]: int(row["number"]) for row in professions if str(row.get("number") or "").isdecimal()}
    most = str(text.get("delegates_high") or text.get("delegates") or "")
    if most.isdecimal() and sum(numbers.values()) > int(most):
        words = {"professions": sum(numbers.values()), "delegates": most}
        question = gettext(
            "The professions add up to %(professions)s, and the delegates are %(delegates)s. Is that right?"
        )
        yield Doubt("professions", question % words)
    subjects = {row.get("about") for row in text.get("citations") or () if isinstance(row, dict)}
    if not subjects & {"delegates", "professions"}:
        # A source that says how many there were has said it in public.
        for profession, number in numbers.items():
            if 0 < number <= _IDENTIFIABLE:
                words = {"profession": _name(Profession, profession), "number": number}
                question = gettext(
                    "“%(profession)s: %(number)s” may tell who somebody is. Does a public source say it?"
                )
                yield Doubt("professions", question % words)


def _doubts_of_project(text: Mapping[str, Any]) -> Iterator[Doubt]:
    if text.get("prestudy_of") and text.get("kind") != "pre_study":
        yield Doubt("kind", gettext("It is called a project, and is the pre-study of another. Which holds?"))
    currency = text.get("budget_currency")
    if currency and currency not in USUAL_CURRENCIES:
        yield Doubt("budget_currency", gettext("Is the sum in %(currency)s?") % {"currency": currency})


def _name(model: type[models.Model], code: str) -> str:
    """What people call the record with a code."""
    return str(model._default_manager.filter(code=code).first() or code)


def _period(edtf: Any) -> Period:
    """The period of a text form; empty where it is none, which others refuse."""
    period = Period(str(edtf or ""))
    try:
        period.bounds()
    except InvalidPeriod:
        return Period()
    return period
