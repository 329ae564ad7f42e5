"""Versions of records: taken, compared and brought back. A version has the form of the record files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from ..fields.periods import Period, PeriodField
from ..models import Revision
from ..publishing import AlwaysPublic, State
from .schemas import ATTACHMENTS, SCHEMAS, SCHEMAS_BY_MODEL_NAME, Schema, records, serialize
from .writing import RecordWriter, as_rows


def schema_of(record: Any) -> tuple[str, Schema]:
    """The kind of record that it is (empty for what stands within another), and how it is written."""
    kind = next((kind for kind, schema in SCHEMAS.items() if isinstance(record, schema.model)), "")
    return kind, SCHEMAS_BY_MODEL_NAME[record._meta.model_name]


def snapshot(record: Any) -> dict[str, Any]:
    """The record as the database has it now."""
    kind, schema = schema_of(record)
    stored = (records(kind) if kind else schema.model._default_manager.all()).filter(pk=record.pk).first()
    return serialize(schema, stored) if stored else {}


class Difference(NamedTuple):
    """One field before and after, in words."""

    label: str
    before: str
    after: str
    #: The key of the field, with its language after a dot where it has one.
    part: str = ""

    @property
    def pieces(self) -> list[tuple[str, str]]:
        """The words, each run of them with “same”, “new” or “gone”."""
        before, after = (re.findall(r"\n|\S+", text) for text in (self.before, self.after))
        pieces: list[tuple[str, str]] = []
        for what, first, last, new_first, new_last in SequenceMatcher(
            None, before, after, autojunk=False
        ).get_opcodes():
            if what == "equal":
                pieces.append(("same", " ".join(before[first:last])))
                continue
            pieces += [("gone", " ".join(before[first:last]))] if last > first else []
            pieces += [("new", " ".join(after[new_first:new_last]))] if new_last > new_first else []
        return pieces


def differences(record: Any, before: dict[str, Any], after: dict[str, Any]) -> list[Difference]:
    """What differs between two versions of a record, field by field, in the order of the form."""
    return differences_in(schema_of(record)[1], before, after)


def differences_in(schema: Schema, before: dict[str, Any], after: dict[str, Any]) -> list[Difference]:
    """The same for two texts of one schema."""
    return [
        difference
        for key in schema.all_keys
        if (old := _value_of(schema, key, before)) != (new := _value_of(schema, key, after))
        for difference in _in_words(schema, key, old, new)
    ]


def _value_of(schema: Schema, key: str, text: dict[str, Any]) -> Any:
    """The value in a text, with what is understood; a record that is not there yet has none."""
    if key in schema.rows:
        return text.get(key) or None
    return (text.get(key) or schema.default(key) or None) if text else None


def _in_words(schema: Schema, key: str, old: Any, new: Any) -> Iterator[Difference]:
    label = capfirst(schema.label(key))
    if schema.translated(key):
        old, new = old or {}, new or {}
        names = dict(settings.LANGUAGES)
        # A text of another day may have had other languages.
        for language in dict.fromkeys([*names, *old, *new]):
            first, last = old.get(language, ""), new.get(language, "")
            if first != last:
                yield Difference(f"{label} ({names.get(language, language)})", first, last, f"{key}.{language}")
    elif key in schema.rows:
        yield Difference(label, _rows_in_words(old), _rows_in_words(new), key)
    else:
        column = schema.field(key)
        yield Difference(label, _value_in_words(column, old), _value_in_words(column, new), key)


def _value_in_words(column: Any, value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    if value and isinstance(column, PeriodField):
        return Period(value).print()
    return str(dict(getattr(column, "flatchoices", [])).get(value, value or ""))


def _rows_in_words(rows: list[Any] | None) -> str:
    return "\n".join(row_in_words(row) for row in rows or [])


def row_in_words(row: Any) -> str:
    if not isinstance(row, dict):
        return str(row)
    parts = []
    for key, value in row.items():
        if isinstance(value, dict):
            value = " / ".join(value.values())
        elif isinstance(value, list):
            value = ", ".join(row_in_words(row) for row in value)
        parts.append(f"{key}: {value}")
    return ", ".join(parts)


def note(record: Any, before: dict[str, Any], user: Any, *, reason: str = "", action: str = "") -> Revision | None:
    """Keeps the version that a change made; nothing where nothing has changed.

    Before the first change that is kept, the version from before it is kept as well.
    """
    after = snapshot(record)
    if after == before:
        return None
    is_first = not Revision.objects.of(record).exists()
    revisions = list(_versions(record, before, after, user, reason, action, is_first=is_first))
    for revision in revisions:
        revision.save()
    return revisions[-1]


def note_discarding(record: Any, user: Any) -> None:
    """Keeps who threw a draft away and when; the text is the same."""
    content = snapshot(record)
    _version(record, content, content, user, Revision.Action.DISCARDED, "", record.version).save()


def note_all(kind: str, before: dict[str, dict[str, Any]], user: Any, *, reason: str = "") -> None:
    """Keeps the versions that one change made of many records of a kind; ``before`` holds what each code had.

    Raises KeyError for what is no kind of record.
    """
    schema = SCHEMAS[kind]
    changed = records(kind).filter(code__in=before)
    if kind == "visits":
        # A visit’s title names its partners as at the time.
        changed = changed.prefetch_related("hosts__former_names", "guests__former_names")
    earlier = Revision.objects.filter(model_name=schema.model._meta.model_name, code__in=before)
    with_versions = set(earlier.values_list("code", flat=True))
    revisions: list[Revision] = []
    for record in changed:
        was, after = before[record.code], serialize(schema, record)
        if was != after:
            revisions += _versions(record, was, after, user, reason, "", is_first=record.code not in with_versions)
    Revision.objects.bulk_create(revisions)


def _versions(
    record: Any, before: dict[str, Any], after: dict[str, Any], user: Any, reason: str, action: str, *, is_first: bool
) -> Iterator[Revision]:
    if before and is_first:
        yield _version(record, before, {}, None, Revision.Action.BEFORE, "", max(record.version - 1, 0))
    yield _version(record, after, before, user, action or _action(before, after), reason, record.version)


def _action(before: dict[str, Any], after: dict[str, Any]) -> str:
    # A version that has content and names no state is a published one.
    was, now = before.get("state", State.PUBLISHED), after.get("state", State.PUBLISHED)
    if now == State.WITHDRAWN != was:
        return Revision.Action.WITHDRAWN
    if now == State.PUBLISHED and (not before or was != State.PUBLISHED):
        return Revision.Action.PUBLISHED
    return Revision.Action.CHANGED if before else Revision.Action.CREATED


def _version(
    record: Any,
    content: dict[str, Any],
    before: dict[str, Any],
    user: Any,
    action: str,
    reason: str,
    version: int,
) -> Revision:
    changed = sorted({key for key in content.keys() | before.keys() if content.get(key) != before.get(key)})
    schema = schema_of(record)[1]
    is_draft = isinstance(record, AlwaysPublic) and record.state == State.DRAFT
    is_seen = not is_draft and _is_seen(action, before, content) and any(schema.is_public(key) for key in changed)
    titles = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            titles[language] = str(record)
    return Revision(
        model_name=record._meta.model_name,
        code=record.code,
        version=version,
        action=action,
        by=user,
        partner=user.partner if user else None,
        reason=reason,
        is_public=is_seen,
        title=titles,
        fields=changed,
        # A version from before attachments were kept names none of these keys, and so says nothing of them.
        content={**{key: [] for key in schema.keys if key in ATTACHMENTS}, **content},
    )


def _is_seen(action: str, before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Whether readers see a change: not of a draft, but where a draft becomes public, whatever made it so."""
    now = after.get("state", State.PUBLISHED)
    was = before.get("state", State.PUBLISHED) if before else now
    becomes_public = action in {Revision.Action.PUBLISHED, Revision.Action.WITHDRAWN, Revision.Action.RESTORED}
    return action != Revision.Action.BEFORE and now != State.DRAFT and (was != State.DRAFT or becomes_public)


def restore(record: Any, revision: Revision, user: Any) -> Revision | None:
    """Brings a version back as a new one. Raises InvalidRecord where it names what is no longer on record."""
    _kind, schema = schema_of(record)
    before = snapshot(record)
    content = {**{key: value for key, value in before.items() if key in ATTACHMENTS}, **revision.content}
    if content.get("state") == State.DRAFT and before.get("state", State.PUBLISHED) != State.DRAFT:
        # Readers have seen the record: its words come back, its state stays.
        content |= {key: before.get(key) for key in ("state", "withdrawn_on", "withdrawal_reason")}
        content = {key: value for key, value in content.items() if value is not None}
    content = deepcopy(content)
    _keep_public_statements(content, before)
    with transaction.atomic():
        RecordWriter().write(schema, as_rows(content))
        record.refresh_from_db()
        reason = _("Version %(number)s brought back.") % {"number": revision.version}
        return note(record, before, user, reason=reason, action=Revision.Action.RESTORED)


def _keep_public_statements(content: dict[str, Any], before: dict[str, Any]) -> None:
    """What readers have seen of a claim stays public or withdrawn, as the claim itself, when older words come back."""
    states = {row["code"]: row.get("state", State.PUBLISHED) for row in before.get("statements", ())}
    for row in content.get("statements", ()):
        if row.get("state") == State.DRAFT:
            row["state"] = states.get(row["code"], State.DRAFT)
