"""The rules of the record, written once for forms, spreadsheets and the loader.

Who may change what, what keeps a record from being published, and which figures need a reason. What holds for any row,
whatever wrote it, is a constraint of its model; likely duplicates and personal data have modules of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from ..fields.periods import PeriodField
from ..models import Claim, Statement
from ..publishing import State
from .schemas import Schema

NEEDS_A_SOURCE = _("What is published needs at least one source. Add it here, or keep it a draft.")
HIDDEN_SOURCES = _(
    "Readers would see “no source yet”: “%(source)s” is a draft. Save this as a draft, and publish both under Review."
)
PERSONAL_DATA = _("“%(passage)s” looks like personal data. Take it out, or say below why it may stand here.")

Rows = Iterable[Mapping[str, Any]]

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


# Personal data


def is_prose(column: Any) -> bool:
    """Whether a person could be named in a column: codes, addresses, dates and words of a list hold no prose."""
    is_text = isinstance(column, (models.CharField, models.TextField)) and not column.choices
    return is_text and not isinstance(column, (models.SlugField, models.URLField, PeriodField, models.FileField))
