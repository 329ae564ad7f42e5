"""What a spreadsheet would change, held to the rules of the forms in the admin, to the model and to the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from visits.models import Visit

from ..fields.edtf import Period
from ..models import Partner, Proposal, Source, User
from ..publishing import State
from ..record import proposals, rules
from ..record.duplicates import known_records
from ..record.errors import InvalidRecord, RecordError
from ..record.personal_data import find_personal_data
from ..record.schemas import as_mapping
from ..record.writing import RecordWriter, as_rows
from .columns import Sheet
from .entries import OTHER
from .names import ERAS, Names
from .tables import LEAVE

#: Letters of a cell beside what is wrong with it.
_SHOWN = 200
ON_RECORD = gettext_lazy("There may be a record of this already.")


@dataclass
class Change:
    """A record that a row makes or changes, in its text form before and after."""

    row: int
    code: str
    record: Any
    before: dict[str, Any]
    after: dict[str, Any]
    #: The version that was compared; 0 for a new record.
    version: int
    #: The columns whose cells could not be read.
    unreadable: set[str] = field(default_factory=set)
    #: Whether a clerk said that it is none of the records that are alike.
    is_other: bool = False
    #: Whether it waits for a publisher, as a proposed change of a public record.
    is_proposed: bool = False

    @property
    def is_new(self) -> bool:
        return not self.before


class Answers(NamedTuple):
    """What whoever uploads a file says of all its records, where the rules ask."""

    reason: str = ""
    allowed_because: str = ""
    #: The new records are none of those that they were likely to be.
    are_others: bool = False
    right_because: str = ""

    @property
    def full_reason(self) -> str:
        return rules.full_reason(self.reason, self.allowed_because, self.right_because)


class Checks:
    """Finds what is wrong with the changes of one file, one after the other."""

    def __init__(self, sheet: Sheet, user: User, answers: Answers, names: Names):
        self._sheet, self._schema, self._answers, self._names = sheet, sheet.schema, answers, names
        self._row_of: dict[int, int] = {}
        self._writer = RecordWriter()
        self._slugs: dict[str, str] = dict(self._schema.model._default_manager.values_list("slug", "code"))
        drafts = Source.objects.filter(state=State.DRAFT)
        self._draft_sources: dict[str, str] = dict(drafts.values_list("code", "title"))
        opts = self._schema.model._meta
        self._may = {what: user.has_perm(f"{opts.app_label}.{what}_{opts.model_name}") for what in ("add", "change")}
        self._may_publish = rules.may_publish(user, self._schema.model)
        waiting = Proposal.objects.open().filter(model_name=opts.model_name, by=user)
        self._waiting: set[str] = set(waiting.values_list("code", flat=True))

    def errors(self, change: Change) -> Iterator[RecordError]:
        values = list(self._values(change))
        for check in (self._role, self._publishing, self._figures, self._people, self._doubts):
            yield from check(change)
        yield from values
        yield from self._partners_of_their_time(change)
        if not values and not change.unreadable:
            # Only a record that is sound in itself is compared with others.
            yield from self._duplicates(change)

    def _role(self, change: Change) -> Iterator[RecordError]:
        was, becomes = _state(change.before) if change.before else State.DRAFT, _state(change.after)
        if not self._may["add" if change.is_new else "change"]:
            yield _error(change, "code", _("You may not change records of this kind."))
        elif change.is_proposed:
            yield from self._proposal(change)
        elif was != State.DRAFT and not self._may_publish:
            yield _error(change, "state", _("This record is public. Only a publisher may change it."))
        elif becomes != State.DRAFT and not self._may_publish:
            yield _error(change, "state", _("Only a publisher may publish or withdraw. Write: draft"))

    def _proposal(self, change: Change) -> Iterator[RecordError]:
        if change.code in self._waiting:
            message = _("A change of yours to this record waits already. Finish that, or leave this row out.")
            yield _error(change, "code", message, cell=title_of(change, self._names))
        for key in proposals.FIXED:
            if change.before.get(key) != change.after.get(key):
                message = _("A change that waits for review leaves this as it is. Take it out of the row.")
                yield _error(change, self._column_of(key), message)

    def _publishing(self, change: Change) -> Iterator[RecordError]:
        if "citations" not in self._schema.rows:
            return
        if rules.lacks_source(_state(change.after), change.after.get("citations", [])):
            yield _error(change, "sources", str(rules.NEEDS_A_SOURCE))
        cited = {as_mapping(self._schema.rows["citations"], row)["source"] for row in change.after.get("citations", [])}
        if _state(change.after) == State.PUBLISHED and cited and cited <= self._draft_sources.keys():
            source = self._draft_sources[min(cited)]
            yield _error(change, "sources", str(rules.HIDDEN_SOURCES) % {"source": source})

    def _figures(self, change: Change) -> Iterator[RecordError]:
        # The figures of a proposed change are asked about in the review.
        is_asked = change.before and _state(change.before) == State.PUBLISHED and not change.is_proposed
        if not is_asked or self._answers.reason:
            return
        columns = rules.changed_figures(self._schema.model, change.before, change.after)
        for key, inner in self._schema.rows.items():
            was, becomes = (
                [as_mapping(inner, row) for row in text.get(key, [])] for text in (change.before, change.after)
            )
            if rules.figures_of(inner.model) and rules.rows_change_figures(inner, was, becomes):
                columns.append(key)
        for column in columns:
            message = _("A published figure changes. Say why, below, for the whole import; readers will see it.")
            yield _error(change, column, message, "figure")

    def _people(self, change: Change) -> Iterator[RecordError]:
        if self._answers.allowed_because:
            return
        for column in self._sheet.columns:
            if not column.is_prose or column.cell(change.after) == column.cell(change.before):
                continue
            if passage := next(find_personal_data(column.cell(change.after)), ""):
                yield _error(change, column.name, rules.PERSONAL_DATA % {"passage": passage}, "personal")

    def _doubts(self, change: Change) -> Iterator[RecordError]:
        if not self._answers.right_because:
            for doubt in rules.new_doubts(self._schema, change.before, change.after):
                column = self._column_of(doubt.key) or self._sheet.columns[-1].name
                yield _error(change, column, doubt.question, "doubt")

    def _duplicates(self, change: Change) -> Iterator[RecordError]:
        if not change.is_new or self._answers.are_others:
            return
        partners = self._partners(change.after)
        likely = [] if change.is_other else self._known_records.like(change.record, partners)
        self._known_records.add(change.record, partners)
        self._row_of[id(change.record)] = change.row
        if likely:
            rows = [str(self._row_of[id(record)]) for record in likely if record.pk is None]
            if rows:
                message = _("Row %(rows)s of the file seems to be the same.") % {"rows": ", ".join(rows)}
            else:
                message = str(ON_RECORD)
            candidates = list(like_record())
            for record in likely:
                if record.pk is not None:
                    candidates.append(like_record(str(record), record.code)[-1])
            yield _error(change, "code", message, "duplicate", title_of(change, self._names), tuple(candidates))

    def _partners_of_their_time(self, change: Change) -> Iterator[RecordError]:
        """Asks about a body that was not there yet, or no longer, where another one came before or after it."""
        if self._sheet.name != "visits" or not change.is_new or change.unreadable & {"period"}:
            return
        first, last = Period(str(change.after.get("period", ""))).bounds()
        for side in ("guests", "hosts"):
            for code in change.after.get(side, []):
                partner = self._names.partner(code)
                key = f"{change.row}:{side}:{code}"
                if key in self._names.chosen.get(ERAS, {}):
                    continue
                others, message, day = [], "", partner.active_from
                if last and partner.active_from and last < partner.active_from:
                    others = [succession.predecessor for succession in partner.inheritances.all()]
                    message = _("%(name)s was not there yet: it began in %(year)s. Which body is meant?")
                elif first and partner.active_to and first > partner.active_to and partner.successor:
                    others, day = [partner.successor], partner.active_to
                    message = _("%(name)s was no longer there: it ended in %(year)s. Which body is meant?")
                if others:
                    reason = message % {"name": partner.brief, "year": day.year if day else ""}
                    candidates = [(f"{key}:{body.code}", str(body)) for body in others]
                    candidates.append((f"{key}:{code}", _("%(name)s all the same") % {"name": partner.brief}))
                    yield _error(change, side, reason, "era", str(partner.brief), tuple(candidates))

    @cached_property
    def _known_records(self) -> Any:
        return known_records(self._schema.model)

    @cached_property
    def _partner_keys(self) -> dict[str, int]:
        return dict(Partner.objects.values_list("code", "pk"))

    def _partners(self, text: dict[str, Any]) -> set[int]:
        """The keys of the partners that a record names, itself or in its rows."""
        codes = [*text.get("hosts", []), *text.get("guests", [])]
        codes += [row["partner"] for row in text.get("participations", [])]
        return {self._partner_keys[code] for code in codes if code in self._partner_keys}

    def _values(self, change: Change) -> Iterator[RecordError]:
        """What the model and the database would refuse, each with its column. The record is filled, not saved."""
        record, row = change.record, as_rows(change.after)
        if not self._writer.fill(self._schema, row, record):
            raise InvalidRecord(self._writer.errors)
        # What a reference leads to has been looked up already.
        looked_up = {key for key in self._schema.keys if self._schema.is_reference(key)}
        errors: list[tuple[str, str]] = []
        checks: tuple[Callable[[], Any], ...] = (lambda: record.clean_fields(exclude=looked_up), record.clean)
        for check in checks:
            try:
                check()
            except ValidationError as error:
                errors += [(name, " ".join(texts)) for name, texts in error.message_dict.items()]
        if not errors and not change.unreadable:
            errors += self._broken_constraints(record)
        for column, reason in dict.fromkeys(errors):
            if column not in change.unreadable:
                name = self._column_of(column)
                cell = next((own.cell(change.after) for own in self._sheet.columns if own.name == name), "")
                yield _error(change, name, reason, cell=cell[:_SHOWN])
        slug = record.slug or record.code
        if self._slugs.setdefault(slug, record.code) != record.code:
            message = _("The address “%(slug)s” belongs to “%(code)s”.")
            yield _error(change, "slug", message % {"slug": slug, "code": self._slugs[slug]})

    @cached_property
    def _all_conditions(self) -> models.CheckConstraint:
        """All conditions of the table as one: each costs a query, and nearly every row meets all."""
        condition = models.Q()
        for constraint in self._schema.model._meta.constraints:
            if isinstance(constraint, models.CheckConstraint):
                condition &= models.Q(constraint.condition)
        return models.CheckConstraint(condition=condition, name="all")

    def _broken_constraints(self, record: Any) -> Iterator[tuple[str, str]]:
        constraints = record._meta.constraints
        others = [constraint for constraint in constraints if not isinstance(constraint, models.CheckConstraint)]
        try:
            self._all_conditions.validate(type(record), record)
        except ValidationError:
            # Only of the few rows that break a condition it is worth a query which that is.
            others = constraints
        for constraint in others:
            try:
                constraint.validate(type(record), record)
            except ValidationError as error:
                # Its name ends with what it is about: projects_project_budget.
                prefix = f"{record._meta.app_label}_{record._meta.model_name}_"
                yield constraint.name.removeprefix(prefix), " ".join(error.messages)

    def _column_of(self, name: str) -> str:
        """The column of a field, or the first of a group of them: budget_amount for a budget."""
        columns = [column.name for column in self._sheet.columns]
        return next((column for column in columns if column == name or column.startswith(f"{name}_")), "")


def _error(
    change: Change,
    column: str,
    reason: str,
    code: str = "",
    cell: str = "",
    candidates: tuple[tuple[str, str], ...] = (),
) -> RecordError:
    return RecordError(change.row, reason, column=column, code=code, cell=cell, candidates=candidates)


def like_record(title: str = "", code: str = "") -> tuple[tuple[str, str], ...]:
    """What may be said of a row that is like a record, or like another row."""
    candidates = [(OTHER, _("another one")), (LEAVE, _("the same: leave this row out"))]
    if code:
        candidates.append((code, _("the same: change “%(title)s” by this row") % {"title": title}))
    return tuple(candidates)


def title_of(change: Change, names: Names) -> str:
    """What people call a record that a row makes or changes: “JB Marks in Växjö, 2014”."""
    record = change.record
    if not isinstance(record, Visit):
        return str(record)
    hosts, guests = ([names.partner(code) for code in change.after.get(side, [])] for side in ("hosts", "guests"))
    title = str(record.title_of(hosts, guests))
    period = Period(str(record.period or ""))
    return f"{title}, {period.print()}" if period else title


def _state(text: dict[str, Any]) -> str:
    return text.get("state", State.PUBLISHED)
