"""Two records of one thing become one, and two again within thirty days.

All rows that refer to the merged record are moved to the one that stays: citations, photographs, visits, outputs,
participations, and the links of other records. The merged record keeps its own columns and becomes a signpost. What was
moved is kept in ``Merger.moved``, row by row, so that undoing touches nothing that was written since.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.core import serializers
from django.db import models, transaction
from django.utils import timezone, translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from projects.models import Output, Project, Theme
from visits.models import Visit

from ..database.triggers import owner_of
from ..fields.periods import Period
from ..fields.translated import language_codes
from ..models import (
    Confirmation,
    DistinctPair,
    Document,
    Following,
    Merger,
    Milestone,
    Partner,
    Photo,
    Redaction,
    ReviewNote,
    Revision,
    Source,
    Statement,
)
from ..publishing import Record, State
from . import confirmations, history, rules
from .duplicates import likely_duplicates
from .schemas import SCHEMAS_BY_MODEL_NAME

#: The kinds of which two can be merged. A claim and a submission stand alone.
MERGEABLE = (Project, Visit, Source, Partner, Theme, Output, Milestone, Photo, Document)
#: What each of two records keeps for itself.
_OWN = {"code", "slug", "state", "merged_into", "withdrawn_on", "staff_note"}
#: Rows that tell what happened, and to whom it happened then.
_HISTORY = (Revision, Redaction, Merger)


def may_merge(user: Any, record: Any) -> bool:
    """Whether somebody may merge a record into another, or another into it."""
    return isinstance(record, MERGEABLE) and not record.is_withdrawn and rules.may_change(user, record)


# What differs


@dataclass(frozen=True)
class Column:
    """A column in which two records differ, with both values in words. ``language`` is that of a translated text."""

    name: str
    label: str
    first: str
    second: str
    language: str = ""
    is_text: bool = False

    @property
    def only(self) -> str:
        """Which of the two has a value, where the other has none."""
        if bool(self.first) == bool(self.second):
            return ""
        return "first" if self.first else "second"


def columns_of(model: type[models.Model]) -> list[models.Field]:
    """The columns of which one value is chosen, in the order of the text form."""
    schema = SCHEMAS_BY_MODEL_NAME[str(model._meta.model_name)]
    names = [
        name
        for key in schema.keys
        if key not in _OWN and not key.startswith("withdrawal")
        for name in getattr(schema.translated(key), "fields", [key])
    ]
    columns = {column.name: column for column in model._meta.fields if column.editable}
    return [columns[name] for name in names if name in columns and not isinstance(columns[name], models.FileField)]


def compared(first: Any, second: Any) -> tuple[list[Column], list[Column]]:
    """The columns in which two records differ, and those in which both say the same."""
    differing, equal = [], []
    for column in columns_of(type(first)):
        words = [in_words(record, column) for record in (first, second)]
        if getattr(first, column.attname) != getattr(second, column.attname):
            differing.append(_column(column, *words))
        elif words[0]:
            equal.append(_column(column, *words))
    return differing, equal


def _column(column: Any, first: str, second: str) -> Column:
    language = getattr(column, "_translated_field_language_code", "") or ""
    is_text = rules.is_prose(column) and not column.is_relation
    return Column(column.name, capfirst(str(column.verbose_name)), first, second, language, is_text)


def in_words(record: Any, column: Any) -> str:
    value = getattr(record, column.name)
    if isinstance(value, Period):
        return value.print() if value else ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if column.choices:
        return str(dict(column.flatchoices).get(value, value or ""))
    return "" if value is None else str(value)


# What moves


@dataclass
class Moving:
    """The rows of one kind that refer to a record: how many go to the other, and how many of these it has already."""

    label: str
    rows: list[tuple[Any, Any]] = field(default_factory=list)
    both: int = 0

    @property
    def count(self) -> int:
        return len(self.rows)


def what_moves(merged: Any, survivor: Any) -> list[Moving]:
    """What hangs on the record that goes, by the name of its kind."""
    kinds: dict[str, Moving] = {}
    for row, link in _rows(merged):
        label = _label_of(row, link)
        moving = kinds.setdefault(label, Moving(label))
        moving.rows.append((row, link))
        moving.both += _twin(row, link, survivor) is not None
    return list(kinds.values())


def _label_of(row: models.Model, link: Any) -> str:
    if not row._meta.auto_created:
        return str(row._meta.verbose_name_plural)
    others = [column for column in row._meta.fields if column.is_relation and column is not link]
    other: Any = others[0].related_model
    return str(other._meta.verbose_name_plural)


def _rows(record: Any) -> Iterator[tuple[Any, Any]]:
    """Every row that refers to a record, with its foreign key; confirmations, which stand for its text, stay."""
    for relation in record._meta.get_fields(include_hidden=True):
        if not (relation.one_to_many or relation.one_to_one) or relation.concrete:
            continue
        model, link = relation.related_model, relation.field
        if model in _HISTORY or (issubclass(model, Confirmation) and relation.on_delete is models.CASCADE):
            continue
        for row in model._default_manager.filter(**{link.name: record.pk}).order_by("pk"):
            yield row, link


def _twin(row: Any, link: Any, survivor: Any) -> Any:
    """The row of the survivor that says the same and leaves no room for a second one."""
    meta = row._meta
    unique = [constraint.fields for constraint in meta.total_unique_constraints]
    for names in [*unique, *meta.unique_together]:
        if link.name not in names:
            continue
        same = {name: getattr(row, meta.get_field(name).attname) for name in names if name != link.name}
        if twin := type(row)._default_manager.filter(**same, **{link.name: survivor.pk}).exclude(pk=row.pk).first():
            return twin
    return None


# Merging


class _Log:
    """What a merger has done, as JSON, in the order in which it was done."""

    def __init__(self) -> None:
        self.steps: list[dict[str, Any]] = []

    def add(self, what: str, row: models.Model, **values: Any) -> None:
        self.steps.append({"what": what, "model": row._meta.label_lower, "pk": row.pk, **values})


def merge(survivor: Any, merged: Any, *, values: dict[str, Any], user: Any, reason: str) -> Merger:
    """One record goes into another of its kind. ``values`` are those chosen for columns of the survivor.

    All or nothing. Raises ValidationError where the chosen values do not go together, and ValueError for two that
    cannot be merged.
    """
    if type(survivor) is not type(merged) or survivor.pk == merged.pk or survivor.is_withdrawn or merged.is_withdrawn:
        raise ValueError("These two cannot be merged.")
    if merged.is_published and not survivor.is_published:
        raise ValueError("What readers know does not go into what they cannot see.")
    with transaction.atomic():
        log = _Log()
        rows = list(_rows(merged))
        owners = _Owners(rows, [survivor, merged])
        before = {record: history.snapshot(record) for record in (survivor, merged)}
        for row, link in rows:
            _move(row, link, survivor, log)
        _move_by_code(merged, survivor, log)
        _choose(survivor, merged, values, log)
        _withdraw(merged, survivor, log)
        words = _("“%(merged)s” was merged into it.") % {"merged": merged}
        history.note(merged, before[merged], user, reason=reason, action=Revision.Action.MERGED)
        history.note(survivor, before[survivor], user, reason=f"{words} {reason}"[:300])
        confirmations.lapse_within(survivor)
        owners.note(user, words)
        return Merger.objects.create(
            model_name=merged._meta.model_name,
            code=merged.code,
            into=survivor.code,
            by=user,
            reason=reason,
            moved={"steps": log.steps},
        )


class _Owners:
    """The other records whose text names the merged one: they get a version, and stay confirmed as they were."""

    def __init__(self, rows: Iterable[tuple[Any, Any]], without: list[Any]):
        owners = {owner for row, link in rows if link.name != "merged_into" and (owner := _owner(row))}
        self._owners = sorted(owners - set(without), key=lambda owner: (owner._meta.label, owner.pk))
        self._before = {owner: history.snapshot(owner) for owner in self._owners}
        self._digests = {
            owner: confirmations.content_digest(owner)
            for owner in self._owners
            if isinstance(owner, confirmations.CONFIRMABLE)
        }

    def note(self, user: Any, reason: str) -> None:
        for owner in self._owners:
            owner.refresh_from_db()
            if history.snapshot(owner) == self._before[owner]:
                continue
            # A form that is open meanwhile is told.
            owner.save()
            history.note(owner, self._before[owner], user, reason=reason)
            if digest := self._digests.get(owner):
                same = owner.confirmations.standing().filter(digest=digest)
                same.update(digest=confirmations.content_digest(owner))


def _owner(row: Any) -> Any:
    """The record that shows the row; None where that is no record."""
    if isinstance(row, Record):
        return row if row._meta.model_name in SCHEMAS_BY_MODEL_NAME else None
    model_name, column = owner_of(type(row))
    schema = SCHEMAS_BY_MODEL_NAME.get(model_name)
    owner = schema and schema.model._default_manager.filter(pk=getattr(row, column, None)).first()
    if isinstance(owner, Statement):
        return owner.claim
    return owner if isinstance(owner, Record) else None


def _move(row: Any, link: Any, survivor: Any, log: _Log) -> None:
    others = [column for column in row._meta.fields if column.is_relation and column is not link]
    names_survivor = any(
        column.related_model is type(survivor) and getattr(row, column.attname) == survivor.pk for column in others
    )
    twin = _twin(row, link, survivor)
    if row._meta.model is type(survivor) and row.pk == survivor.pk:
        # A record does not continue itself.
        log.add("moved", row, column=link.attname, values=None)
        type(row)._default_manager.filter(pk=row.pk).update(**{link.attname: None})
    elif twin is not None or (names_survivor and not isinstance(row, Record)):
        log.add("removed", row, values=_as_text(row))
        if twin is not None:
            _fill(twin, row, log)
        row.delete()
    else:
        log.add("moved", row, column=link.attname, values=_as_text(row))
        type(row)._default_manager.filter(pk=row.pk).update(**{link.attname: survivor.pk})


def _fill(twin: Any, row: Any, log: _Log) -> None:
    """What only the row that goes says is not lost: where in the source, for example."""
    filled = {
        column.attname: value
        for column in row._meta.fields
        if not column.primary_key
        and getattr(twin, column.attname) in ("", None)
        and (value := getattr(row, column.attname)) not in ("", None)
    }
    if filled:
        log.add("filled", twin, values=filled)
        type(twin)._default_manager.filter(pk=twin.pk).update(**filled)


def _as_text(row: Any) -> dict[str, Any]:
    return json.loads(serializers.serialize("json", [row]))[0]["fields"]


def _move_by_code(merged: Any, survivor: Any, log: _Log) -> None:
    """What names a record by its code: what followers wait for, and what colleagues have asked."""
    for note in ReviewNote.objects.of(merged).open():
        log.add("renamed", note, values={"code": merged.code})
        ReviewNote.objects.filter(pk=note.pk).update(code=survivor.code)
    topics = Following.objects.filter(kind=merged._meta.model_name)
    known = set(topics.filter(code=survivor.code).values_list("follower", flat=True))
    for topic in topics.filter(code=merged.code):
        if topic.follower_id in known:
            # They stay with the one topic; of a follower nothing is written down twice.
            topic.delete()
            continue
        log.add("renamed", topic, values={"code": merged.code})
        Following.objects.filter(pk=topic.pk).update(code=survivor.code)


def _choose(survivor: Any, merged: Any, values: dict[str, Any], log: _Log) -> None:
    survivor.refresh_from_db()
    before = _as_text(survivor)
    for name, value in values.items():
        setattr(survivor, name, None if value in (survivor, merged) else value)
    # What was not chosen was checked when it was written.
    unchosen = {column.name for column in survivor._meta.fields} - values.keys()
    survivor.full_clean(exclude=unchosen, validate_unique=False, validate_constraints=False)
    survivor.validate_constraints()
    survivor.save()
    after = _as_text(survivor)
    changed = {name: [before[name], after[name]] for name in values if before[name] != after[name]}
    log.add("chosen", survivor, values=changed)


def _withdraw(merged: Any, survivor: Any, log: _Log) -> None:
    merged.refresh_from_db()
    log.add("withdrawn", merged, values={"state": merged.state})
    standing = merged.confirmations.standing() if isinstance(merged, confirmations.CONFIRMABLE) else ()
    for confirmation in standing:
        log.add("lifted", confirmation)
        type(confirmation)._default_manager.filter(pk=confirmation.pk).update(lifted_at=timezone.now())
    merged.merged_into = survivor
    if merged.published_at:
        merged.state = State.WITHDRAWN
    for language in language_codes():
        with translation.override(language):
            setattr(
                merged, f"withdrawal_reason_{language}", (_("The same as “%(record)s”.") % {"record": survivor})[:300]
            )
    merged.save()


# Undoing


def undo(merger: Merger, user: Any) -> Any:
    """Makes two of one again, and returns the record that was merged. What was written since then stays.

    Raises ValueError after thirty days, and where it has been undone already.
    """
    with transaction.atomic():
        merger = Merger.objects.select_for_update().get(pk=merger.pk)
        if not merger.may_be_undone:
            raise ValueError("This merger can no longer be undone.")
        records: Any = SCHEMAS_BY_MODEL_NAME[merger.model_name].model._default_manager
        merged, survivor = records.get(code=merger.code), records.get(code=merger.into)
        if merged.merged_into_id != survivor.pk or survivor.merged_into_id:
            raise ValueError("The record that stayed was merged itself: that is undone first.")
        before = {record: history.snapshot(record) for record in (survivor, merged)}
        steps = merger.moved["steps"]
        owners = _Owners(_rows_of(steps), [survivor, merged])
        for step in reversed(steps):
            _take_back(step, merged, survivor)
        merged.refresh_from_db()
        survivor.refresh_from_db()
        survivor.save()
        reason = _("The merger with “%(record)s” was undone.")
        history.note(
            merged, before[merged], user, reason=reason % {"record": survivor}, action=Revision.Action.RESTORED
        )
        history.note(survivor, before[survivor], user, reason=reason % {"record": merged})
        confirmations.lapse_within(survivor)
        owners.note(user, reason % {"record": survivor})
        merger.undone_at, merger.undone_by = timezone.now(), user
        merger.save()
        return merged


def _rows_of(steps: list[dict[str, Any]]) -> Iterator[tuple[Any, Any]]:
    """The rows that undoing moves, as they are now; one that will be made anew belongs where it did."""
    for step in steps:
        model: Any = apps.get_model(step["model"])
        if step["what"] == "moved" and (row := model._default_manager.filter(pk=step["pk"]).first()):
            yield row, model._meta.get_field(step["column"])
        elif step["what"] == "removed":
            yield _row_of(step).object, model._meta.pk


def _take_back(step: dict[str, Any], merged: Any, survivor: Any) -> None:
    model: Any = apps.get_model(step["model"])
    rows, values = model._default_manager.filter(pk=step["pk"]), step.get("values") or {}
    if step["what"] == "moved":
        moved = rows.filter(**{step["column"]: survivor.pk if values else None}).update(**{step["column"]: merged.pk})
        # Rows are made anew when their record is written as a whole.
        if not moved and values and not rows.exists() and not issubclass(model, Record):
            _make_anew(step)
    elif step["what"] == "removed":
        _make_anew(step)
    elif step["what"] == "filled":
        empty = {name: None if model._meta.get_field(name).null else "" for name in values}
        rows.filter(**values).update(**empty)
    elif step["what"] == "renamed":
        rows.update(**values)
    elif step["what"] == "chosen":
        _put_back(survivor, values)
    elif step["what"] == "lifted":
        rows.update(lifted_at=None)
    elif step["what"] == "withdrawn":
        merged.refresh_from_db()
        merged.state, merged.merged_into, merged.withdrawn_on = values["state"], None, None
        for language in language_codes():
            setattr(merged, f"withdrawal_reason_{language}", "")
        merged.save()


def _row_of(step: dict[str, Any]) -> Any:
    """A row as it was, not saved: rows stand in the order in which they were made, so it has its own key."""
    text = {"model": step["model"], "pk": step["pk"], "fields": step["values"]}
    return next(iter(serializers.deserialize("python", [text])))


def _make_anew(step: dict[str, Any]) -> None:
    restored = _row_of(step)
    row = restored.object
    unique = [constraint.fields for constraint in row._meta.total_unique_constraints] + list(row._meta.unique_together)
    same = [{name: getattr(row, row._meta.get_field(name).attname) for name in names} for names in unique]
    if not any(type(row)._default_manager.filter(**values).exists() for values in same):
        restored.save()


def _put_back(survivor: Any, changed: dict[str, list[Any]]) -> None:
    """The earlier values of the columns that say now what the merger chose."""
    survivor.refresh_from_db()
    present = _as_text(survivor)
    for name, (before, after) in changed.items():
        if present[name] == after:
            column = survivor._meta.get_field(name)
            setattr(survivor, column.attname, column.to_python(before))
    survivor.save()


# Two that are not one


def suggestions(record: Any) -> list[Any]:
    """Records that may be the same thing as this one, without those of which staff said that they are not."""
    if not isinstance(record, MERGEABLE) or record.is_withdrawn:
        return []
    partners: set[int] = set()
    if isinstance(record, Project):
        partners = set(record.participations.values_list("partner", flat=True))
    elif isinstance(record, Visit):
        partners = {partner.pk for partner in (*record.hosts.all(), *record.guests.all())}
    distinct = DistinctPair.objects.filter(model_name=record._meta.model_name)
    pairs = distinct.filter(models.Q(first=record.code) | models.Q(second=record.code)).values_list("first", "second")
    others = {code for pair in pairs for code in pair}
    return [
        other for other in likely_duplicates(record, partners) if other.pk != record.pk and other.code not in others
    ]


def keep_apart(record: Any, other: Any, user: Any) -> None:
    """Remembers that two records are two: they are no longer suggested."""
    first, second = sorted((record.code, other.code))
    DistinctPair.objects.get_or_create(
        model_name=record._meta.model_name, first=first, second=second, defaults={"by": user}
    )
