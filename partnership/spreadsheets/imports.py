"""Bringing a spreadsheet into the record: first what it would change and every fault in it, then all of it or nothing.

The dry run writes nothing. Loading looks at everything anew, outside the transaction, and then writes within one;
so the database is locked no longer than the writing takes, and nothing is loaded that the dry run did not show.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from visits.models import Visit

from ..models import User
from ..publishing import State
from ..record import confirmations, history
from ..record.errors import InvalidRecord
from ..record.schemas import records, serialize
from ..record.writing import RecordWriter, as_rows
from ..staff.personal_data import found_in
from .columns import Codes, Column, Sheet
from .formats import Fault, Table

#: Rows that are looked at, or written, between two lines of progress.
BATCH = 250
#: The text of which a new record’s code is made, as its form in the admin makes it.
_CODE_FROM = {"projects": ("title_en", "title_sv"), "sources": ("title",)}


@dataclass
class _Entry:
    """One record in the file: its row, or, for delegates, the rows of one visit."""

    row: int
    code: str
    cells: dict[Column, str] = field(default_factory=dict)
    #: Whether the code stands in the file, and was not made.
    is_named: bool = True
    delegates: list[tuple[int, dict[str, str]]] = field(default_factory=list)


@dataclass
class Change:
    """A record that a row makes or changes, in its text form before and after."""

    row: int
    code: str
    record: Any
    before: dict[str, Any]
    after: dict[str, Any]
    #: The version that was looked at; 0 for a new record.
    version: int

    @property
    def is_new(self) -> bool:
        return not self.before

    @cached_property
    def differences(self) -> list[history.Difference]:
        return history.differences(self.record, self.before, self.after)


class Conflict(Exception):
    """The record is no longer what the dry run saw; ``codes`` are those that it would now change otherwise."""

    def __init__(self, codes: list[str]):
        super().__init__(", ".join(codes))
        self.codes = codes


class Import:
    """One file for one sheet, brought by somebody. ``check`` it, and ``load`` it if there are no ``faults``."""

    def __init__(self, sheet: Sheet, table: Table, user: User, *, reason: str = "", allowed_because: str = ""):
        self.sheet, self.schema, self.user = sheet, sheet.schema, user
        self.reason, self.allowed_because = reason.strip(), allowed_because.strip()
        self.faults = list(table.faults)
        self.changes: list[Change] = []
        self.unchanged = 0
        self.total = len(table.lines)
        self._lines = table.lines
        self._codes = Codes()
        self._writer = RecordWriter()
        self._rows_of: dict[str, int] = {}
        self._slugs: dict[str, str] = dict(self.schema.model._default_manager.values_list("slug", "code"))
        opts = self.schema.model._meta
        self._may = {
            what: user.has_perm(f"{opts.app_label}.{what}_{opts.model_name}") for what in ("add", "change", "publish")
        }

    @property
    def created(self) -> list[Change]:
        return [change for change in self.changes if change.is_new]

    @property
    def updated(self) -> list[Change]:
        return [change for change in self.changes if not change.is_new]

    @property
    def seen(self) -> dict[str, int]:
        """The version of each record that would change."""
        return {change.code: change.version for change in self.changes}

    @property
    def whole_reason(self) -> str:
        allowed = _("Personal data: %(why)s") % {"why": self.allowed_because} if self.allowed_because else ""
        return " ".join(part for part in (self.reason, allowed) if part)[:300]

    # Looking

    def check(self) -> Iterator[int]:
        """Compares the whole file with the record. Yields how many rows have been looked at; writes nothing."""
        entries = self._delegates_by_visit() if self.sheet.name == "delegates" else self._named()
        done = 0
        waiting = iter(entries)
        while batch := list(islice(waiting, BATCH)):
            codes = {entry.code for entry in batch}
            present = {record.code: record for record in records(self.sheet.kind).filter(code__in=codes)}
            for entry in batch:
                self._check(entry, present.get(entry.code))
                done += len(entry.delegates) or 1
            yield done
        self.faults.sort(key=lambda fault: fault.row)

    def _fault(self, row: int, column: str, reason: str, code: str = "") -> None:
        self.faults.append(Fault(row, column, reason, code))

    def _named(self) -> list[_Entry]:
        """Every row with the code of its record, before any is looked at: rows may refer to later ones."""
        known = self._codes.of(self.schema.model)
        entries = []
        rows = [(row, cells, {column.name: text for column, text in cells.items()}) for row, cells in self._lines]
        # Those that have a code come first, so that none is made that stands further down.
        for row, cells, named in sorted(rows, key=lambda line: not line[2].get("code")):
            code = known.get(named.get("code", "").casefold(), named.get("code", ""))
            entry = _Entry(row, code or self._made_code(row, cells, named), cells, is_named=bool(code))
            if not entry.code:
                continue
            if entry.code in self._rows_of:
                text = _("Row %(row)s is about the same record, “%(code)s”.")
                self._fault(row, "code", text % {"row": self._rows_of[entry.code], "code": entry.code})
                continue
            self._rows_of[entry.code] = row
            entries.append(entry)
        for entry in entries:
            known.setdefault(entry.code.casefold(), entry.code)
        return sorted(entries, key=lambda entry: entry.row)

    def _made_code(self, row: int, cells: dict[Column, str], named: dict[str, str]) -> str:
        """A code as the admin makes it; for a visit that is on record already, the one that it has."""
        if self.sheet.kind == "visits":
            return self._code_of_visit(cells)
        titles = _CODE_FROM[self.sheet.kind]
        code = next((made for name in titles if (made := slugify(named.get(name, ""))[:80].strip("-"))), "")
        if not code:
            self._fault(row, titles[0], _("A new record needs a title, or a code of its own."))
        return code

    def _code_of_visit(self, cells: dict[Column, str]) -> str:
        target, _wrong = self.sheet.apply(self._blank(""), cells, self._codes, is_new=True)
        for code in self._visits_by_what_they_are.get(_what_it_is(target), []):
            if code not in self._rows_of:
                return code
        number = self._next_visit
        while f"visit-{number}" in self._codes.of(Visit) or f"visit-{number}" in self._rows_of:
            number += 1
        self._next_visit = number + 1
        return f"visit-{number}"

    @cached_property
    def _next_visit(self) -> int:
        return Visit.objects.count() + 1

    @cached_property
    def _visits_by_what_they_are(self) -> dict[tuple, list[str]]:
        """The visits on record, in the order of their codes, by their time, direction and partners."""
        found: dict[tuple, list[str]] = {}
        for visit in Visit.objects.order_by("pk").prefetch_related("hosts", "guests"):
            text = {
                "period": str(visit.period),
                "direction": visit.direction,
                "hosts": [partner.code for partner in visit.hosts.all()],
                "guests": [partner.code for partner in visit.guests.all()],
            }
            found.setdefault(_what_it_is(text), []).append(visit.code)
        return found

    def _delegates_by_visit(self) -> list[_Entry]:
        entries: dict[str, _Entry] = {}
        visit, profession, number = self.sheet.columns
        said: dict[tuple[str, str], int] = {}
        for row, cells in self._lines:
            text: dict[str, Any] = {}
            for column in (visit, profession, number):
                try:
                    column.read(text, cells.get(column, ""), self._codes)
                    if column is not number and not text[column.key]:
                        raise ValidationError(_("Each row needs a visit and a profession."))
                except ValidationError as error:
                    self._fault(row, column.name, " ".join(error.messages))
            if not text.get("visit") or not text.get("profession") or "number" not in text:
                continue
            key = (text["visit"], text["profession"])
            if key in said:
                message = _("Row %(row)s counts the same profession for the same visit.")
                self._fault(row, "profession", message % {"row": said[key]})
                continue
            said[key] = row
            entries.setdefault(text["visit"], _Entry(row, text["visit"])).delegates.append((row, text))
        return list(entries.values())

    def _blank(self, code: str) -> dict[str, Any]:
        """A new record in its text form: a draft with all that a form begins with."""
        blank = {"code": code} if code else {}
        for key in self.schema.keys:
            if (
                not self.schema.translated(key)
                and not self.schema.is_many(key)
                and self.schema.field(key).has_default()
            ):
                blank[key] = str(self.schema.field(key).get_default())
        return {**blank, "state": State.DRAFT.value}

    def _check(self, entry: _Entry, record: Any) -> None:
        before = serialize(self.schema, record) if record else {}
        wrong: list[tuple[str, str]] = []
        if entry.delegates:
            after = _with_delegates(before, entry.delegates)
        elif entry.is_named or not record:
            base = before or self._blank(entry.code)
            after, wrong = self.sheet.apply(base, entry.cells, self._codes, is_new=not record)
        else:
            after, wrong = self._the_same(entry, before)
        for column, reason in wrong:
            self._fault(entry.row, column, reason)
        if after == before:
            self.unchanged += not wrong
            return
        change = Change(entry.row, entry.code, record or self.schema.model(code=entry.code), before, after, 0)
        change.version = record.version if record else 0
        self._check_role(change)
        self._check_publishing(change)
        self._check_figures(change)
        self._check_people(change)
        self._check_values(change, {column for column, _reason in wrong})
        self.changes.append(change)

    def _the_same(self, entry: _Entry, before: dict[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """A row without a code that comes a second time changes nothing; but it is no way to change a record."""
        blank = self._blank(before["code"])
        wanted, wrong = self.sheet.apply(blank, entry.cells, self._codes, is_new=True)
        given = {column.key for column, cell in entry.cells.items() if cell and column.key != "code"}
        if not wrong and any(wanted.get(key) != before.get(key) for key in given):
            message = _(
                "This seems to be “%(code)s”, which is on record. Write this code to change it, or another one for "
                "a new record."
            )
            wrong = [("code", message % {"code": before["code"]})]
        return before, wrong

    # The rules of the forms in the admin

    def _check_role(self, change: Change) -> None:
        was, becomes = _state(change.before) if change.before else State.DRAFT, _state(change.after)
        if not self._may["add" if change.is_new else "change"]:
            self._fault(change.row, "code", _("You may not change records of this kind."))
        elif was != State.DRAFT and not self._may["publish"]:
            self._fault(change.row, "state", _("This record is public. Only a publisher may change it."))
        elif becomes != State.DRAFT and not self._may["publish"]:
            self._fault(change.row, "state", _("Only a publisher may publish or withdraw. Write: draft"))

    def _check_publishing(self, change: Change) -> None:
        is_cited = "citations" not in self.schema.rows or "citations" in change.after
        if _state(change.after) == State.PUBLISHED and not is_cited:
            message = _("What is published needs at least one source. Add it here, or keep it a draft.")
            self._fault(change.row, "sources", message)

    def _check_figures(self, change: Change) -> None:
        if not change.before or _state(change.before) != State.PUBLISHED or self.reason:
            return
        figures = getattr(self.schema.model, "figures", ())
        columns = [key for key in figures if change.before.get(key) != change.after.get(key)]
        # A further profession changes no figure; another number, or none any more, does.
        counted = change.after.get("professions", [])
        if any(row not in counted for row in change.before.get("professions", [])):
            columns.append("professions")
        for column in columns:
            message = _("A published figure changes. Say why, below, for the whole import; readers will see it.")
            self._fault(change.row, column, message, "figure")

    def _check_people(self, change: Change) -> None:
        if self.allowed_because:
            return
        for column in self.sheet.columns:
            if not column.is_prose or column.cell(change.after) == column.cell(change.before):
                continue
            if passage := next(found_in(column.cell(change.after)), ""):
                message = _("“%(passage)s” looks like personal data. Take it out, or say below why it may stand here.")
                self._fault(change.row, column.name, message % {"passage": passage}, "personal")

    def _check_values(self, change: Change, wrong: set[str]) -> None:
        """What the model and the database would refuse, each with its column. The record is filled, not saved."""
        record, row = change.record, as_rows(change.after)
        if not self._writer.fill(self.schema, row, record):
            raise InvalidRecord(self._writer.errors)
        # What a reference leads to has been looked up already.
        looked_up = {key for key in self.schema.keys if self.schema.is_reference(key)}
        found: list[tuple[str, str]] = []
        for check in (lambda: record.clean_fields(exclude=looked_up), record.clean):
            try:
                check()
            except ValidationError as error:
                found += [(name, " ".join(texts)) for name, texts in error.message_dict.items()]
        if not found and not wrong:
            found += self._broken_constraints(record)
        for column, reason in dict.fromkeys(found):
            if column not in wrong:
                self._fault(change.row, self._column_of(column), reason)
        slug = record.slug or record.code
        if self._slugs.setdefault(slug, record.code) != record.code:
            message = _("The address “%(slug)s” belongs to “%(code)s”.")
            self._fault(change.row, "slug", message % {"slug": slug, "code": self._slugs[slug]})

    @cached_property
    def _all_checks(self) -> models.CheckConstraint:
        """All conditions of the table as one: each costs a question to the database, and nearly every row meets all."""
        whole = models.Q()
        for constraint in self.schema.model._meta.constraints:
            if isinstance(constraint, models.CheckConstraint):
                whole &= models.Q(constraint.condition)
        return models.CheckConstraint(condition=whole, name="all")

    def _broken_constraints(self, record: Any) -> Iterator[tuple[str, str]]:
        others = [one for one in record._meta.constraints if not isinstance(one, models.CheckConstraint)]
        try:
            self._all_checks.validate(type(record), record)
        except ValidationError:
            # Which of them it is, is asked only of the few rows that break one.
            others = record._meta.constraints
        for constraint in others:
            try:
                constraint.validate(type(record), record)
            except ValidationError as error:
                # Its name ends with what it is about: projects_project_budget.
                prefix = f"{record._meta.app_label}_{record._meta.model_name}_"
                yield constraint.name.removeprefix(prefix), " ".join(error.messages)

    def _column_of(self, name: str) -> str:
        """The column of a field, or the first one of a group of them: budget_amount for a budget."""
        names = [column.name for column in self.sheet.columns]
        return next((one for one in names if one == name or one.startswith(f"{name}_")), "")

    # Loading

    def load(self, seen: dict[str, int]) -> Iterator[int]:
        """Writes what ``check`` found, in one transaction, and yields how many records have been written.

        ``seen`` is what the dry run showed. Raises Conflict, and writes nothing, where that is no longer so. Whoever
        stops asking half-way has loaded nothing.
        """
        if self.faults:
            raise ValueError("A file with faults is not loaded.")
        with transaction.atomic():
            self._refuse_what_was_not_seen(seen)
            # In two passes, since records of a kind may refer to each other in either direction.
            for change in self.changes:
                change.record.save()
            writer = RecordWriter()
            for start in range(0, len(self.changes), BATCH):
                batch = self.changes[start : start + BATCH]
                for change in batch:
                    writer.relate(self.schema, as_rows(change.after), change.record, is_new=change.is_new)
                if writer.errors:
                    raise InvalidRecord(writer.errors)
                before = {change.code: change.before for change in batch}
                history.note_all(self.sheet.kind, before, self.user, reason=self.whole_reason)
                yield start + len(batch)
            confirmations.lapse_what_changed()

    def _refuse_what_was_not_seen(self, seen: dict[str, int]) -> None:
        stored = self.schema.model._default_manager.select_for_update()
        now = dict(stored.filter(code__in=self.seen).values_list("code", "version"))
        now = {code: now.get(code, 0) for code in self.seen}
        moved = {code for code, _version in (now.items() ^ seen.items()) | (now.items() ^ self.seen.items())}
        if moved:
            raise Conflict(sorted(moved))


def _state(text: dict[str, Any]) -> str:
    return text.get("state", State.PUBLISHED)


def _what_it_is(visit: dict[str, Any]) -> tuple:
    """What tells one visit from another where there is no code."""
    partners = (tuple(sorted(visit.get(side, []))) for side in ("hosts", "guests"))
    return (visit.get("period", ""), visit.get("direction", ""), *partners)


def _with_delegates(visit: dict[str, Any], rows: list[tuple[int, dict[str, str]]]) -> dict[str, Any]:
    """The visit with the professions that the rows name; the others stay as they are."""
    counted: dict[str, str] = {}
    for row in visit.get("professions", []):
        counted |= {row["profession"]: row["number"]} if isinstance(row, dict) else {row: ""}
    counted |= {text["profession"]: text["number"] for _row, text in rows}
    professions = [
        {"profession": profession, "number": number} if number else profession for profession, number in counted.items()
    ]
    return {**visit, "professions": professions}
