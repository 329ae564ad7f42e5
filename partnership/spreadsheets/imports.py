"""Taking a spreadsheet into the record: first what it would change and every error in it, then all of it or nothing.

The dry run writes nothing. Loading compares everything anew, outside the transaction, and then writes within one: the
database is locked no longer than the writing takes, and nothing is loaded that the dry run did not show.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import get_language

from ..models import Proposal, Source, User
from ..publishing import State
from ..record import confirmations, history, rules
from ..record.errors import InvalidRecord
from ..record.schemas import in_full, records, serialize
from ..record.writing import RecordWriter, as_rows
from .checks import ON_RECORD, Answers, Change, Checks, like_record
from .columns import CellError, Sheet
from .entries import Entry, EntryReader, as_record_error
from .names import ERAS, Names
from .tables import Choices, Table

#: Rows that are checked, or written, between two lines of progress.
BATCH = 250


#: What happens to new records: they become public at once, or they and all changes of public records wait for review.
PUBLISH, REVIEW = "publish", "review"


class NewSource:
    """The source that a clerk names once for all new records; it is made with them if it is not on record."""

    def __init__(self, title: str, issuer: str, code: str, user: User, *, is_on_record: bool):
        self.title, self.issuer, self.code, self._user = title, issuer, code, user
        self.is_on_record = is_on_record

    @classmethod
    def of(cls, sheet: Sheet, choices: Choices, names: Names, user: User) -> NewSource | None:
        title = choices.source.strip()
        if not title or "citations" not in sheet.schema.rows:
            return None
        known = names.meant(Source, title)
        code = base = known or slugify(title)[:70].strip("-") or "list"
        number = 2
        while not known and code in names.of(Source):
            code, number = f"{base}-{number}", number + 1
        issuer = choices.source_issuer.strip() or str(user.partner or "")
        return cls(title, issuer, code, user, is_on_record=known is not None)

    def save(self, *, is_public: bool) -> None:
        if self.is_on_record:
            return
        source = Source(
            code=self.code,
            title=self.title,
            publisher=self.issuer,
            grade=Source.Grade.PARTNER,
            kind=Source.Kind.ARCHIVE,
            language=get_language() or settings.LANGUAGE_CODE,
            state=State.PUBLISHED if is_public else State.DRAFT,
        )
        source.full_clean()
        source.save()
        history.note(source, {}, self._user)


class Conflict(Exception):
    """The record is no longer what the dry run saw; ``codes`` are those that it would now change otherwise."""

    def __init__(self, codes: list[str]):
        super().__init__(", ".join(codes))
        self.codes = codes


class Import:
    """One file for one sheet, uploaded by somebody. ``check`` it, and ``load`` it if there are no ``errors``."""

    def __init__(
        self, sheet: Sheet, table: Table, user: User, answers: Answers | None = None, choices: Choices | None = None
    ):
        self.sheet, self.schema, self.user = sheet, sheet.schema, user
        self.answers, self.choices = answers or Answers(), choices or Choices()
        self.errors = list(table.errors)
        self.changes: list[Change] = []
        self.unchanged = 0
        self.total = len(table.lines)
        self.names = Names(self.choices.names)
        self._source = NewSource.of(sheet, self.choices, self.names, user)
        self._reader = EntryReader(sheet, table, self.names, self.choices.same)
        self._checks = Checks(sheet, user, self.answers, self.names)

    @property
    def created(self) -> list[Change]:
        return [change for change in self.changes if change.is_new]

    @property
    def updated(self) -> list[Change]:
        return [change for change in self.changes if not change.is_new and not change.is_proposed]

    @property
    def proposed(self) -> list[Change]:
        return [change for change in self.changes if change.is_proposed]

    @property
    def versions(self) -> dict[str, int]:
        """The version of each record that would change."""
        return {change.code: change.version for change in self.changes}

    # Checking

    def check(self) -> Iterator[int]:
        """Compares the whole file with the record. Yields how many rows have been checked; writes nothing."""
        entries = self._reader.entries()
        self.errors += self._reader.errors
        done = 0
        waiting = iter(entries)
        while batch := list(islice(waiting, BATCH)):
            codes = {entry.code for entry in batch}
            present = {record.code: record for record in records(self.sheet.kind).filter(code__in=codes)}
            for entry in batch:
                self._compare(entry, present.get(entry.code))
                done += entry.row_count
            yield done
        self.errors.sort(key=lambda error: error.line)

    def _compare(self, entry: Entry, record: Any) -> None:
        before = serialize(self.schema, record) if record else {}
        unreadable: list[CellError] = []
        if entry.delegates:
            after = _with_delegates(before, entry.delegates)
        elif entry.is_named or not record:
            base = before or self.sheet.blank(entry.code)
            after, unreadable = self.sheet.apply(base, entry.cells, self.names, is_new=not record)
            if not record:
                self._complete(after, entry)
        else:
            after, unreadable = self._repeated(entry, before, str(record))
        self.errors += [as_record_error(entry.row, error) for error in unreadable]
        if before and in_full(self.schema, after) == in_full(self.schema, before):
            self.unchanged += not unreadable
            return
        change = Change(
            entry.row,
            entry.code,
            record or self.schema.model(code=entry.code),
            before,
            after,
            record.version if record else 0,
            {error.column for error in unreadable},
            entry.is_other,
            self._is_proposed(record),
        )
        self.errors += self._checks.errors(change)
        self.changes.append(change)

    def _is_proposed(self, record: Any) -> bool:
        """Whether a change waits for a publisher: of a public record, if asked for or if the user may not publish."""
        is_public = record is not None and record.state == State.PUBLISHED
        return is_public and (self.choices.finish == REVIEW or not rules.may_change(self.user, record))

    def _complete(self, after: dict[str, Any], entry: Entry) -> None:
        """What a clerk has said of all new records: their source, what happens to them, bodies of another time."""
        for key, code in self.names.chosen.get(ERAS, {}).items():
            row, side, named = key.split(":")
            if int(row) == entry.row and named in after.get(side, []):
                after[side] = list(dict.fromkeys(code if body == named else body for body in after[side]))
        if self._source and not after.get("citations"):
            after["citations"] = [self._source.code]
        if self.choices.finish == PUBLISH and "state" not in {
            column.key for column, cell in entry.cells.items() if cell
        }:
            after["state"] = State.PUBLISHED.value

    def _repeated(self, entry: Entry, before: dict[str, Any], title: str) -> tuple[dict[str, Any], list[CellError]]:
        """A row without a code that comes a second time changes nothing; but it is no way to change a record."""
        blank = self.sheet.blank(before["code"])
        after, errors = self.sheet.apply(blank, entry.cells, self.names, is_new=True)
        given = {column.key for column, cell in entry.cells.items() if cell and column.key != "code"}
        if not errors and any(after.get(key) != before.get(key) for key in given):
            errors = [CellError("code", title, str(ON_RECORD), "duplicate", like_record(title, before["code"]))]
        return before, errors

    # Loading

    def load(self, seen: dict[str, int]) -> Iterator[int]:
        """Writes the changes, in one transaction, and yields how many records have been written.

        ``seen`` are the versions that the dry run showed. Raises Conflict, and writes nothing, where that is no longer
        so. Whoever stops reading half-way has loaded nothing.
        """
        if self.errors:
            raise ValueError("A file with errors is not loaded.")
        with transaction.atomic():
            self._refuse_unseen_versions(seen)
            confirmed = confirmations.confirmed_texts()
            if self._source:
                self._source.save(is_public=self.choices.finish == PUBLISH)
            written = [*self.created, *self.updated]
            # In two passes, since records of a kind may refer to each other in either direction.
            for change in written:
                change.record.save()
            writer = RecordWriter()
            for start in range(0, len(written), BATCH):
                batch = written[start : start + BATCH]
                for change in batch:
                    writer.relate(self.schema, as_rows(change.after), change.record, is_new=change.is_new)
                if writer.errors:
                    raise InvalidRecord(writer.errors)
                before = {change.code: change.before for change in batch}
                history.note_all(self.sheet.kind, before, self.user, reason=self.answers.full_reason)
                yield start + len(batch)
            confirmations.lapse_what_changed(confirmed)
            Proposal.objects.bulk_create(map(self._proposal, self.proposed), batch_size=BATCH)

    def _proposal(self, change: Change) -> Proposal:
        return Proposal(
            model_name=str(self.schema.model._meta.model_name),
            code=change.code,
            base=change.before,
            content=change.after,
            comment=self.answers.full_reason,
            by=self.user,
        )

    def _refuse_unseen_versions(self, seen: dict[str, int]) -> None:
        stored = self.schema.model._default_manager.select_for_update()
        present = dict(stored.filter(code__in=self.versions).values_list("code", "version"))
        now = {code: present.get(code, 0) for code in self.versions}
        moved = {code for code, _version in (now.items() ^ seen.items()) | (now.items() ^ self.versions.items())}
        if moved:
            raise Conflict(sorted(moved))


def _with_delegates(visit: dict[str, Any], rows: list[tuple[int, dict[str, str]]]) -> dict[str, Any]:
    """The visit with the professions that the rows name; the others stay as they are."""
    numbers: dict[str, str] = {}
    for row in visit.get("professions", []):
        numbers |= {row["profession"]: row["number"]} if isinstance(row, dict) else {row: ""}
    numbers |= {text["profession"]: text["number"] for _row, text in rows}
    professions = [
        {"profession": profession, "number": number} if number else profession for profession, number in numbers.items()
    ]
    return {**visit, "professions": professions}
