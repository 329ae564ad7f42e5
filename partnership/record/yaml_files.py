"""The record as text files in YAML, read and written the same way (``record.schemas`` says what stands in them)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from ..fields.texts import clean
from ..models import SeededRecord, Source
from ..publishing import State
from . import rules
from .errors import InvalidRecord, RecordError
from .personal_data import find_personal_data
from .schemas import FILE_SCHEMAS, SCHEMAS, Schema, as_mapping, digest, in_full, records, records_in_use, serialize
from .writing import RecordWriter, Row

DIRECTORY = Path(__file__).parent / "data"

HEADER = """\
# {title} of the record of the partnership between Växjö, Region Kronoberg and JB Marks. CC BY 4.0.
# Every value is text. What is left out is not documented. Dates are EDTF (ISO 8601-2). Facts cite their sources.
"""

# Writing


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
    for record in records_in_use(kind):
        row = serialize(SCHEMAS[kind], record)
        parts.append(yaml.dump([row], Dumper=_Writer, allow_unicode=True, sort_keys=False, width=100))
    return "\n".join(parts)


# Reading

#: That of libyaml where PyYAML was built with it reads twelve times as fast; both tell the line.
_READER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def _construct(node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        # As a form leaves it: a block of lines ends with a line break that nobody typed.
        return clean(node.value).strip()
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
    """The rows of one file. Raises InvalidRecord where it is no YAML list of mappings."""
    try:
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=_READER)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InvalidRecord([RecordError(line, str(error.problem), path.name)]) from error
    except yaml.reader.ReaderError as error:
        character = chr(error.character)
        line = text[: text.index(character)].count("\n") + 1
        raise InvalidRecord([RecordError(line, f"{error.reason}: {character!r}", path.name)]) from error
    except UnicodeDecodeError as error:
        raise InvalidRecord([RecordError(1, "the file is not UTF-8", path.name)]) from error
    rows = _construct(node) if node else []
    if not isinstance(rows, list) or not all(isinstance(row, Row) for row in rows):
        raise InvalidRecord([RecordError(1, "expected a list of records", path.name)])
    return rows


@dataclass
class Report:
    """What loading did, or would do."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


class Loader(RecordWriter):
    """Writes the files into the database in one transaction, leaving alone what staff have changed.

    ``force`` names records as ``projects/leseding`` that are overwritten all the same; ``allow_personal_data`` loads
    passages that look like it, and ``allow_doubtful`` likely slips, where somebody has decided that they may stand.
    """

    def __init__(
        self,
        directory: Path = DIRECTORY,
        force: set[str] | None = None,
        *,
        allow_personal_data: bool = False,
        allow_doubtful: bool = False,
    ):
        super().__init__()
        self.directory = directory
        self.force = force or set()
        self.allow_personal_data = allow_personal_data
        self.allow_doubtful = allow_doubtful
        self.report = Report()

    def load(self, *, dry_run: bool = False) -> Report:
        """Raises InvalidRecord, with every error at once, and then leaves the database as it was."""
        with transaction.atomic():
            for kind in FILE_SCHEMAS:
                self._load_kind(kind)
            known = {f"{kind}/{code}" for kind, schema in FILE_SCHEMAS.items() for code in self.known(schema.model)}
            self.errors += [
                RecordError(0, f"there is no record {name}", "--force") for name in sorted(self.force - known)
            ]
            if self.errors:
                raise InvalidRecord(self.errors)
            if dry_run:
                transaction.set_rollback(True)
        return self.report

    def _load_kind(self, kind: str) -> None:
        schema, self._file = SCHEMAS[kind], f"{kind}.yaml"
        try:
            rows = read_file(self.directory / self._file)
        except FileNotFoundError:
            self.error(0, "the file is missing")
            return
        except InvalidRecord as error:
            self.errors += error.errors
            return
        present = {record.code: record for record in records(kind)}
        seeded = {seed.code: seed for seed in SeededRecord.objects.filter(kind=kind)}
        due: list[tuple[Row, Any]] = []
        seen: set[str] = set()
        self._draft_sources = set(Source.objects.filter(state=State.DRAFT).values_list("code", flat=True))
        for row in rows:
            code = row.get("code", "")
            if not code or code in seen:
                self.error(row.line, f"the code “{code}” is used twice" if code else "a record needs a code")
                continue
            seen.add(code)
            if record := self._due(kind, schema, row, present.get(code), seeded.get(code)):
                self._check_rules(schema, row)
                self._ask_about_doubts(schema, row, serialize(schema, present[code]) if code in present else {})
                due.append((row, record))
        # In two passes, since records of a kind may refer to each other in either direction.
        saved = [(row, record) for row, record in due if self.save(schema, row, record)]
        for row, record in saved:
            self.relate(schema, row, record)
        if not self.errors:
            self._remember(kind, {record.code for _row, record in saved})

    def _due(self, kind: str, schema: Schema, row: Row, record: Any, seed: SeededRecord | None) -> Any:
        """The record to write this row to, or None when it is to be left as it is."""
        code = row["code"]
        name = f"{kind}/{code}"
        forced = name in self.force
        if record is None:
            if seed and not forced:
                self.report.left.append(name)
                return None
            self.report.created.append(name)
            return schema.model(code=code)
        current = serialize(schema, record)
        if in_full(schema, current) == in_full(schema, row):
            self.report.unchanged.append(name)
            return None
        if forced or (seed and seed.digest == digest(current)):
            self.report.updated.append(name)
            return record
        self.report.left.append(name)
        return None

    def _check_rules(self, schema: Schema, row: Row) -> None:
        """What a form would refuse as well. A row inside another that is no mapping holds nothing but a reference."""
        is_cited = "state" in schema.keys and "citations" in schema.rows
        if is_cited and rules.lacks_source(row.get("state", schema.default("state")), row.get("citations", [])):
            self.error(row.line, str(rules.NEEDS_A_SOURCE))
        elif is_cited and (hidden := self._hidden_source(schema, row)):
            self.error(row.line, str(rules.HIDDEN_SOURCES % {"source": hidden}))
        for key, passage in self._personal_passages(schema, row):
            self.error(row.lines[key], f"“{key}”: “{passage}” looks like personal data; see --allow-personal-data")
        for key, inner in schema.rows.items():
            for inner_row in row.get(key, []):
                if isinstance(inner_row, Row):
                    self._check_rules(inner, inner_row)

    def _hidden_source(self, schema: Schema, row: Row) -> str:
        """The code of a source of a published record of which all sources are drafts; empty where readers see one."""
        inner = schema.rows["citations"]
        codes = [as_mapping(inner, citation)["source"] for citation in row.get("citations", [])]
        is_public = row.get("state", schema.default("state")) == State.PUBLISHED
        return codes[0] if is_public and codes and self._draft_sources.issuperset(codes) else ""

    def _ask_about_doubts(self, schema: Schema, row: Row, before: dict[str, Any]) -> None:
        for doubt in [] if self.allow_doubtful else rules.new_doubts(schema, before, row):
            line = row.lines.get(doubt.key, row.line)
            self.error(line, f"“{doubt.key}”: {doubt.question} To load it all the same, see --allow-doubtful")

    def _personal_passages(self, schema: Schema, row: Row) -> Iterator[tuple[str, str]]:
        for key in () if self.allow_personal_data else row.keys() & set(schema.keys):
            translated = schema.translated(key)
            if rules.is_prose(schema.field(translated.fields[0] if translated else key)):
                texts = row[key].values() if isinstance(row[key], dict) else [row[key]]
                yield from ((key, passage) for text in texts for passage in find_personal_data(str(text)))

    def _remember(self, kind: str, codes: set[str]) -> None:
        for record in records(kind).filter(code__in=codes):
            SeededRecord.objects.update_or_create(
                kind=kind, code=record.code, defaults={"digest": digest(serialize(SCHEMAS[kind], record))}
            )
