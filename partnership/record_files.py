"""The record as text files: what each kind of record looks like in YAML, read and written the same way.

Every scalar is text: ``2012-03``, ``yes`` and ``6`` need no quotes, and nothing is guessed into a date or a number.
A key that is left out means “empty” or “not documented”. Translated text is a mapping from language to text.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from translated_fields import TranslatedField, to_attribute

from projects.models import (
    Goal,
    Objective,
    Output,
    OutputCitation,
    Participation,
    Project,
    ProjectCitation,
    Theme,
    ThemeCitation,
)
from visits.models import Delegates, Profession, Visit, VisitCitation

from .models import (
    AwardRound,
    Claim,
    Criterion,
    Milestone,
    MilestoneCitation,
    Partner,
    PartnerCitation,
    PartnerName,
    RoundCitation,
    Section,
    SeededRecord,
    Source,
    Statement,
    StatementCitation,
    Submission,
    SubmissionCitation,
    Succession,
)

DIRECTORY = Path(__file__).parent / "record"

# What each kind looks like


@dataclass(frozen=True)
class Shape:
    """How the rows of one table are written.

    ``keys`` are the model’s own attributes in the order of the file. ``rows`` are tables of their own inside the
    row. ``parent`` is the foreign key of such an inner row, and ``alone`` the key whose value may stand for the
    whole row when there is nothing else to say. Rows with a ``code`` are found again by it; others are rewritten.
    """

    model: type[models.Model]
    keys: list[str]
    rows: dict[str, Shape] = field(default_factory=dict)
    parent: str = ""
    alone: str = ""

    @cached_property
    def all_keys(self) -> list[str]:
        return [*self.keys, *self.rows]

    def translated(self, key: str) -> TranslatedField | None:
        found = getattr(self.model, key, None)
        return found if isinstance(found, TranslatedField) else None

    def field(self, key: str) -> Any:
        return self.model._meta.get_field(key)

    def label(self, key: str) -> str:
        """What a key is called in the admin, in the active language."""
        if key in self.rows:
            return str(self.rows[key].model._meta.verbose_name_plural)
        if self.translated(key):
            return str(self.field(to_attribute(key, settings.LANGUAGE_CODE)).verbose_name)
        return str(self.field(key).verbose_name)

    def is_public(self, key: str) -> bool:
        """Whether readers see it at all."""
        return key not in {"staff_note", "confidence"}

    def is_many(self, key: str) -> bool:
        return not self.translated(key) and self.field(key).many_to_many

    def is_reference(self, key: str) -> bool:
        return not self.translated(key) and self.field(key).is_relation

    def refers_to_itself(self, key: str) -> bool:
        return self.is_reference(key) and self.field(key).related_model is self.model


def _citations(model: type[models.Model], parent: str) -> Shape:
    return Shape(model, ["source", "about", "locator", "quotation"], parent=parent, alone="source")


_STATE = "state withdrawn_on withdrawal_reason"
_NOTES = "note staff_note"

#: The kinds in the order in which they are loaded: nothing refers to a later one.
KINDS: dict[str, Shape] = {
    "sources": Shape(
        Source,
        f"code slug {_STATE} title publisher grade kind url archive_url language published read_on {_NOTES}".split(),
    ),
    "partners": Shape(
        Partner,
        f"code slug {_STATE} position name short_name kind country role active town latitude longitude website "
        f"description {_NOTES}".split(),
        {
            "former_names": Shape(PartnerName, ["name", "short_name", "period"], parent="partner"),
            "succeeds": Shape(Succession, ["predecessor", "date"], parent="successor"),
            "citations": _citations(PartnerCitation, "partner"),
        },
    ),
    "awards": Shape(
        AwardRound,
        ["code", "award", "year", "note"],
        {
            "criteria": Shape(Criterion, ["code", "position", "name", "is_condition"], parent="round"),
            "citations": _citations(RoundCitation, "round"),
        },
    ),
    "themes": Shape(
        Theme,
        f"code slug {_STATE} position name in_founding_list dac_sectors policy_markers {_NOTES}".split(),
        {"citations": _citations(ThemeCitation, "theme")},
    ),
    "projects": Shape(
        Project,
        f"code slug {_STATE} title title_original kind status period period_note in_founding_count summary themes "
        f"continues prestudy_of budget_amount budget_currency budget_basis external_reference criteria confidence "
        f"{_NOTES}".split(),
        {
            "objectives": Shape(Objective, ["text"], parent="project", alone="text"),
            "goals": Shape(Goal, ["number"], parent="project", alone="number"),
            "participations": Shape(Participation, ["partner", "role"], parent="project"),
            "outputs": Shape(
                Output,
                f"code slug {_STATE} kind side said_by text soft_kind sphere criteria {_NOTES}".split(),
                {"citations": _citations(OutputCitation, "output")},
                parent="project",
            ),
            "citations": _citations(ProjectCitation, "project"),
        },
    ),
    "professions": Shape(Profession, ["code", "position", "name", "in_founding_list"]),
    "visits": Shape(
        Visit,
        f"code slug {_STATE} title_override direction period period_note in_founding_count hosts guests purpose "
        f"delegates delegates_high projects criteria {_NOTES}".split(),
        {
            "professions": Shape(Delegates, ["profession", "number"], parent="visit", alone="profession"),
            "citations": _citations(VisitCitation, "visit"),
        },
    ),
    "milestones": Shape(
        Milestone,
        f"code slug {_STATE} period title text {_NOTES}".split(),
        {"citations": _citations(MilestoneCitation, "milestone")},
    ),
    "claims": Shape(
        Claim,
        f"code slug {_STATE} position label unit measures counts counts_until could_confirm criteria {_NOTES}".split(),
        {
            "statements": Shape(
                Statement,
                "code state value_low value_high qualifier wording as_of preferred quote quote_language note".split(),
                {"citations": _citations(StatementCitation, "statement")},
                parent="claim",
            ),
        },
    ),
    "submissions": Shape(
        Submission,
        f"code slug {_STATE} round applicant category status outcome submitted title lead {_NOTES}".split(),
        {
            "sections": Shape(Section, ["code", "position", "length", "shows", "title", "text"], parent="submission"),
            "citations": _citations(SubmissionCitation, "submission"),
        },
    ),
}

HEADER = """\
# {title} of the record of the partnership between Växjö, Region Kronoberg and JB Marks. CC BY 4.0.
# Every value is text. What is left out is not documented. Dates are EDTF (ISO 8601-2). Each fact names its sources.
"""

#: Values that are understood when a key is left out.
UNDERSTOOD = {"state": "published", "side": "not_stated"}

# Writing


def as_text(shape: Shape, record: Any) -> dict[str, Any]:
    """A record as the mapping that its file holds: only text, lists and mappings, nothing empty."""
    written: dict[str, Any] = {}
    for key in shape.keys:
        value = _value_as_text(shape, record, key)
        if value and value != UNDERSTOOD.get(key) and not (key == "slug" and value == record.code):
            written[key] = value
    for key, inner in shape.rows.items():
        manager = getattr(record, _reverse_name(inner))
        rows = [as_text(inner, row) for row in sorted(manager.all(), key=lambda row: row.pk)]
        if inner.model is Goal:
            rows.sort(key=lambda row: int(row["number"]))
        if rows:
            written[key] = [row[inner.alone] if list(row) == [inner.alone] else row for row in rows]
    return written


def _value_as_text(shape: Shape, record: Any, key: str) -> Any:
    if translated := shape.translated(key):
        texts = {language: getattr(record, to_attribute(key, language)) for language in translated.languages}
        return {language: text for language, text in texts.items() if text}
    value = getattr(record, key)
    if shape.is_many(key):
        return [related.code for related in value.all()]
    if shape.is_reference(key):
        return value.code if value else ""
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "" if value is None else str(value)


def _reverse_name(inner: Shape) -> str:
    return inner.field(inner.parent).remote_field.related_name


def _everything(shape: Shape, prefix: str = "") -> list[str]:
    """The lookups that fetch a record whole, so that writing it asks nothing more."""
    lookups = [prefix + key for key in shape.keys if shape.is_many(key) or shape.is_reference(key)]
    for inner in shape.rows.values():
        name = prefix + _reverse_name(inner)
        lookups += [name, *_everything(inner, f"{name}__")]
    return lookups


def records(kind: str) -> models.QuerySet:
    """All records of a kind in a lasting order, fetched whole."""
    shape = KINDS[kind]
    ordering = ("position", "code") if "position" in shape.keys else ("code",)
    return shape.model._default_manager.order_by(*ordering).prefetch_related(*_everything(shape))


def digest(written: dict[str, Any]) -> str:
    """SHA-256 of a record’s text form, independent of the order of its keys."""
    canonical = json.dumps(written, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


class _Writer(yaml.SafeDumper):
    """Writes every scalar plainly, long ones folded, lists indented under their key."""

    yaml_implicit_resolvers: dict = {}

    def increase_indent(self, flow=False, indentless=False):
        return super().increase_indent(flow, indentless=False)

    def text(self, value: str):
        folded = len(value) > 80 or "\n" in value
        return self.represent_scalar("tag:yaml.org,2002:str", value, style=">" if folded else None)


_Writer.add_representer(str, _Writer.text)


def file_text(kind: str) -> str:
    """The whole file of a kind, byte for byte the same for the same record."""
    parts = [HEADER.format(title=kind.capitalize())]
    for record in records(kind):
        row = as_text(KINDS[kind], record)
        parts.append(yaml.dump([row], Dumper=_Writer, allow_unicode=True, sort_keys=False, width=100))
    return "\n".join(parts)


# Reading


class Row(dict):
    """A mapping from a file that knows the line it began on, and that of each key."""

    line: int
    lines: dict[str, int]


@dataclass(frozen=True)
class Fault:
    """What is wrong, where; printed as “projects.yaml, line 12: …”."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.reason}"


class FaultyRecord(Exception):
    """The files cannot be loaded; ``faults`` holds every reason at once."""

    def __init__(self, faults: list[Fault]):
        super().__init__(f"{len(faults)} faults")
        self.faults = faults


def _construct(node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if isinstance(node, yaml.SequenceNode):
        return [_construct(item) for item in node.value]
    row = Row()
    row.line = node.start_mark.line + 1
    row.lines = {}
    for key, value in node.value:
        row[key.value] = _construct(value)
        row.lines[key.value] = key.start_mark.line + 1
    return row


def read_file(path: Path) -> list[Row]:
    """The rows of one file. Raises FaultyRecord where it is no YAML list of mappings."""
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise FaultyRecord([Fault(path.name, line, str(error.problem))]) from error
    except UnicodeDecodeError as error:
        raise FaultyRecord([Fault(path.name, 1, "the file is not UTF-8")]) from error
    rows = _construct(node) if node else []
    if not isinstance(rows, list) or not all(isinstance(row, Row) for row in rows):
        raise FaultyRecord([Fault(path.name, 1, "expected a list of records")])
    return rows


def as_rows(content: Any) -> Any:
    """A record from elsewhere than a file in the form of a file’s rows, all on one line."""
    if isinstance(content, list):
        return [as_rows(item) for item in content]
    if not isinstance(content, dict):
        return content
    row = Row({key: as_rows(value) for key, value in content.items()})
    row.line, row.lines = 1, dict.fromkeys(content, 1)
    return row


@dataclass
class Report:
    """What loading did, or would do."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def _check_constraints(record: Any, others: list[Any]) -> None:
    """Raises ValidationError. The others are all that a record could clash with, so that nobody need be asked."""
    for constraint in record._meta.constraints:
        if not isinstance(constraint, models.UniqueConstraint):
            constraint.validate(type(record), record)
            continue
        names = [record._meta.get_field(name).attname for name in constraint.fields]
        if any(all(getattr(one, name) == getattr(record, name) for name in names) for one in others):
            raise ValidationError(str(constraint.violation_error_message))


class Loader:
    """Writes the files into the database in one transaction, leaving alone what staff have changed.

    ``force`` names records as ``projects/leseding`` that are overwritten all the same.
    """

    def __init__(self, directory: Path = DIRECTORY, force: set[str] | None = None):
        self.directory = directory
        self.force = force or set()
        self.faults: list[Fault] = []
        self.report = Report()
        self._keys: dict[type[models.Model], dict[str, int]] = {}
        self._file = ""

    def load(self, *, dry_run: bool = False) -> Report:
        """Raises FaultyRecord, with every fault found, and then leaves the database as it was."""
        with transaction.atomic():
            for kind in KINDS:
                self._load_kind(kind)
            unknown = self.force - {f"{kind}/{code}" for kind in KINDS for code in self._known(KINDS[kind].model)}
            self.faults += [Fault("--force", 0, f"there is no record {name}") for name in sorted(unknown)]
            if self.faults:
                raise FaultyRecord(self.faults)
            if dry_run:
                transaction.set_rollback(True)
        return self.report

    def write(self, shape: Shape, row: Row) -> None:
        """Writes one record that is on file as the row says. Raises FaultyRecord, and then writes nothing."""
        self._file = row["code"]
        record = shape.model._default_manager.get(code=row["code"])
        with transaction.atomic():
            if self._save(shape, row, record):
                self.relate(shape, row, record)
            if self.faults:
                raise FaultyRecord(self.faults)

    def _load_kind(self, kind: str) -> None:
        shape, self._file = KINDS[kind], f"{kind}.yaml"
        try:
            rows = read_file(self.directory / self._file)
        except FileNotFoundError:
            self._fault(0, "the file is missing")
            return
        except FaultyRecord as error:
            self.faults += error.faults
            return
        present = {record.code: record for record in records(kind)}
        seeded = {seed.code: seed for seed in SeededRecord.objects.filter(kind=kind)}
        due: list[tuple[Row, Any]] = []
        seen: set[str] = set()
        for row in rows:
            code = row.get("code", "")
            if not code or code in seen:
                self._fault(row.line, f"the code “{code}” is used twice" if code else "a record needs a code")
                continue
            seen.add(code)
            if record := self._due(kind, shape, row, present.get(code), seeded.get(code)):
                due.append((row, record))
        # In two passes, since records of a kind may refer to each other in either direction.
        saved = [(row, record) for row, record in due if self._save(shape, row, record)]
        for row, record in saved:
            self.relate(shape, row, record)
        if not self.faults:
            self._remember(kind, {record.code for _row, record in saved})

    def _due(self, kind: str, shape: Shape, row: Row, record: Any, seed: SeededRecord | None) -> Any:
        """The record to write this row to, or None when it is to be left as it is."""
        code = row["code"]
        name = f"{kind}/{code}"
        forced = name in self.force
        if record is None:
            if seed and not forced:
                self.report.left.append(name)
                return None
            self.report.created.append(name)
            return shape.model(code=code)
        current = as_text(shape, record)
        if current == row:
            self.report.unchanged.append(name)
            return None
        if forced or (seed and seed.digest == digest(current)):
            self.report.updated.append(name)
            return record
        self.report.left.append(name)
        return None

    def _remember(self, kind: str, codes: set[str]) -> None:
        for record in records(kind).filter(code__in=codes):
            SeededRecord.objects.update_or_create(
                kind=kind, code=record.code, defaults={"digest": digest(as_text(KINDS[kind], record))}
            )

    # One row

    def fill(self, shape: Shape, row: Row, record: Any) -> bool:
        """Sets all that a record holds itself, without a look at whether it is valid. False where a value is none."""
        faults = len(self.faults)
        for key in row:
            if key not in shape.all_keys:
                self._fault(row.lines[key], f"there is no “{key}” here; known are {', '.join(shape.all_keys)}")
        for key in shape.keys:
            if not shape.is_many(key) and not shape.refers_to_itself(key):
                self._set(shape, row, record, key)
        return len(self.faults) == faults

    def _save(self, shape: Shape, row: Row, record: Any) -> bool:
        if not self.fill(shape, row, record):
            return False
        try:
            record.full_clean(validate_unique=False, validate_constraints=False)
            record.validate_constraints()
            record.save()
        except ValidationError as error:
            self._invalid(row, error)
            return False
        if hasattr(record, "code"):
            self._known(shape.model)[record.code] = record.pk
        return True

    def relate(self, shape: Shape, row: Row, record: Any, *, is_new: bool = False) -> None:
        """Writes what a saved record refers to and its rows, and of these only what differs from what it has."""
        inward = [key for key in shape.keys if shape.refers_to_itself(key) and not shape.is_many(key)]
        before = [getattr(record, f"{key}_id") for key in inward]
        for key in inward:
            self._set(shape, row, record, key)
        if before != [getattr(record, f"{key}_id") for key in inward]:
            # The same version of the record: it has been saved just before.
            record.save(update_fields=inward)
        for key in shape.keys:
            if shape.is_many(key):
                manager, wanted = getattr(record, key), self._references(shape, row, key)
                if is_new and wanted:
                    manager.add(*wanted)
                elif not is_new and {related.pk for related in manager.all()} != set(wanted):
                    manager.set(wanted)
        for key, inner in shape.rows.items():
            self._write_rows(inner, self._inner_rows(inner, row, key), record, is_new=is_new)

    def _write_rows(self, shape: Shape, rows: list[Row], owner: Any, *, is_new: bool) -> None:
        manager = getattr(owner, _reverse_name(shape))
        present = [] if is_new else sorted(manager.all(), key=lambda record: record.pk)
        if [as_text(shape, record) for record in present] == rows:
            return
        if "code" not in shape.keys:
            self._rewrite_rows(shape, rows, owner, present)
            return
        known = {record.code: record for record in present}
        gone = set(known) - {row.get("code") for row in rows}
        manager.filter(code__in=gone).delete()
        for row in rows:
            record = known.get(row.get("code"))
            if record and as_text(shape, record) == row:
                continue
            record = record or shape.model(**{shape.parent: owner})
            if self._save(shape, row, record):
                self.relate(shape, row, record)

    def _rewrite_rows(self, shape: Shape, rows: list[Row], owner: Any, present: list[Any]) -> None:
        """Rows that nothing refers to are made anew, all in one statement."""
        manager = shape.model._default_manager
        if present:
            manager.filter(pk__in=[record.pk for record in present]).delete()
        made: list[Any] = []
        for row in rows:
            record = shape.model(**{shape.parent: owner})
            if not self.fill(shape, row, record):
                continue
            # What a reference leads to has been looked up already.
            referred = {key for key in shape.keys if shape.is_reference(key) and getattr(record, f"{key}_id")}
            try:
                record.clean_fields(exclude={shape.parent, *referred})
                record.clean()
                _check_constraints(record, made)
            except ValidationError as error:
                self._invalid(row, error)
            else:
                made.append(record)
        manager.bulk_create(made)

    def _inner_rows(self, inner: Shape, row: Row, key: str) -> list[Row]:
        """The inner rows as mappings; one that stands for its key alone becomes a mapping with that key."""
        found = []
        values = row.get(key, [])
        if not isinstance(values, list):
            self._fault(row.lines[key], f"“{key}” must be a list")
            return []
        for value in values:
            alone = inner.alone and not (isinstance(value, Row) and set(value) & set(inner.all_keys))
            if not alone and not isinstance(value, Row):
                self._fault(row.lines[key], f"each of “{key}” must be a mapping")
                continue
            if alone:
                value, text = Row(), value
                value[inner.alone] = text
                value.line = row.lines[key]
                value.lines = {inner.alone: row.lines[key]}
            found.append(value)
        return found

    # One value

    def _set(self, shape: Shape, row: Row, record: Any, key: str) -> None:
        line = row.lines.get(key, row.line)
        if translated := shape.translated(key):
            texts = row.get(key, {})
            if not isinstance(texts, dict) or set(texts) - set(translated.languages):
                self._fault(line, f"“{key}” is translated: write {', '.join(translated.languages)} below it")
                return
            for language in translated.languages:
                setattr(record, to_attribute(key, language), texts.get(language, ""))
            return
        value = row.get(key, UNDERSTOOD.get(key, ""))
        if not isinstance(value, str):
            self._fault(line, f"“{key}” must be one value")
            return
        if shape.is_reference(key):
            setattr(record, f"{key}_id", self._reference(shape, key, value, line) if value else None)
            return
        column = shape.field(key)
        if isinstance(column, models.BooleanField):
            if value not in {"", "yes", "no"}:
                self._fault(line, f"“{key}” is yes or no, not “{value}”")
            setattr(record, key, value == "yes")
        elif not value and column.null:
            setattr(record, key, None)
        elif not value and key not in row and column.has_default():
            setattr(record, key, column.get_default())
        else:
            try:
                setattr(record, key, column.to_python(value))
            except ValidationError as error:
                self._fault(line, f"“{key}”: {' '.join(error.messages)}")

    def _references(self, shape: Shape, row: Row, key: str) -> list[int]:
        codes = row.get(key, [])
        line = row.lines.get(key, row.line)
        if not isinstance(codes, list):
            self._fault(line, f"“{key}” must be a list")
            return []
        found = [self._reference(shape, key, code, line) for code in codes]
        return [pk for pk in found if pk is not None]

    def _reference(self, shape: Shape, key: str, code: Any, line: int) -> int | None:
        related = shape.field(key).related_model
        pk = self._known(related).get(code) if isinstance(code, str) else None
        if pk is None:
            self._fault(line, f"“{key}”: there is no {related._meta.model_name} with the code “{code}”")
        return pk

    def _known(self, model: type[models.Model]) -> dict[str, int]:
        if model not in self._keys:
            self._keys[model] = dict(model._default_manager.values_list("code", "pk"))
        return self._keys[model]

    def _fault(self, line: int, reason: str) -> None:
        self.faults.append(Fault(self._file, line, reason))

    def _invalid(self, row: Row, error: ValidationError) -> None:
        found = error.message_dict if hasattr(error, "error_dict") else {"__all__": error.messages}
        for name, messages in found.items():
            key = name if name in row.lines else name.rpartition("_")[0]
            where = f"“{name}”: " if name != "__all__" else ""
            self._fault(row.lines.get(key, row.line), f"{where}{' '.join(messages)}")
