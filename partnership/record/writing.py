"""Writes records that come as text, from files, versions and spreadsheets, into the database."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from translated_fields import to_attribute

from .errors import InvalidRecord, RecordError
from .schemas import Schema, as_mapping, in_full, reverse_name, rows_of, serialize


class Row(dict):
    """A mapping from a file that knows the line it began on, and that of each key."""

    line: int
    lines: dict[str, int]


def as_rows(content: Any) -> Any:
    """A record from elsewhere than a file in the form of a file’s rows, all on one line."""
    if isinstance(content, list):
        return [as_rows(item) for item in content]
    if not isinstance(content, dict):
        return content
    row = Row({key: as_rows(value) for key, value in content.items()})
    row.line, row.lines = 1, dict.fromkeys(content, 1)
    return row


def _check_constraints(record: Any, others: list[Any]) -> None:
    """Raises ValidationError. The others are all that a record could clash with, so that nobody need be asked."""
    for constraint in record._meta.constraints:
        if not isinstance(constraint, models.UniqueConstraint):
            constraint.validate(type(record), record)
            continue
        names = [record._meta.get_field(name).attname for name in constraint.fields]
        if any(all(getattr(other, name) == getattr(record, name) for name in names) for other in others):
            raise ValidationError(str(constraint.violation_error_message))


class RecordWriter:
    """Collects in ``errors`` what is wrong with the rows it is given."""

    def __init__(self) -> None:
        self.errors: list[RecordError] = []
        self._keys: dict[type[models.Model], dict[str, int]] = {}
        self._file = ""

    def write(self, schema: Schema, row: Row) -> None:
        """Writes one record that is on file as the row says. Raises InvalidRecord, and then writes nothing."""
        self._file = row["code"]
        record = schema.model._default_manager.get(code=row["code"])
        with transaction.atomic():
            if self.save(schema, row, record):
                self.relate(schema, row, record)
            if self.errors:
                raise InvalidRecord(self.errors)

    # One row

    def fill(self, schema: Schema, row: Row, record: Any) -> bool:
        """Sets all that a record holds itself, without a look at whether it is valid. False where a value is none."""
        before = len(self.errors)
        for key in row:
            if key not in schema.all_keys:
                self.error(row.lines[key], f"there is no “{key}” here; known are {', '.join(schema.all_keys)}")
        for key in schema.keys:
            if not schema.is_many(key) and not schema.refers_to_itself(key) and not schema.is_computed(key):
                self._set(schema, row, record, key)
        return len(self.errors) == before

    def save(self, schema: Schema, row: Row, record: Any) -> bool:
        if not self.fill(schema, row, record):
            return False
        try:
            # What the text does not hold was checked when it was written.
            exclude = {column.name for column in schema.model._meta.fields} - schema.columns
            record.full_clean(exclude=exclude, validate_unique=False, validate_constraints=False)
            record.validate_constraints()
            record.save()
        except ValidationError as error:
            self._invalid(row, error)
            return False
        if hasattr(record, "code"):
            self.known(schema.model)[record.code] = record.pk
        return True

    def relate(self, schema: Schema, row: Row, record: Any, *, is_new: bool = False) -> None:
        """Writes what a saved record refers to and its rows, and of these only what differs from what it has."""
        inward = [key for key in schema.keys if schema.refers_to_itself(key) and not schema.is_many(key)]
        before = [getattr(record, f"{key}_id") for key in inward]
        for key in inward:
            self._set(schema, row, record, key)
        if before != [getattr(record, f"{key}_id") for key in inward]:
            # The same version of the record: it has been saved just before.
            record.save(update_fields=inward)
        for key in schema.keys:
            if schema.is_many(key):
                manager, related = getattr(record, key), self._references(schema, row, key)
                if is_new and related:
                    manager.add(*related)
                elif not is_new and {present.pk for present in manager.all()} != set(related):
                    manager.set(related)
        for key, inner in schema.rows.items():
            self._write_rows(inner, self._inner_rows(inner, row, key), record, is_new=is_new)

    def _write_rows(self, schema: Schema, rows: list[Row], owner: Any, *, is_new: bool) -> None:
        manager = getattr(owner, reverse_name(schema))
        present = [] if is_new else rows_of(schema, owner)
        if [in_full(schema, serialize(schema, record)) for record in present] == [in_full(schema, row) for row in rows]:
            return
        if "code" not in schema.keys:
            self._rewrite_rows(schema, rows, owner, present)
            return
        known = {record.code: record for record in present}
        gone = set(known) - {row.get("code") for row in rows}
        manager.filter(code__in=gone).delete()
        for row in rows:
            record = known.get(row.get("code"))
            if record and in_full(schema, serialize(schema, record)) == in_full(schema, row):
                continue
            record = record or schema.model(**{schema.parent: owner})
            if self.save(schema, row, record):
                self.relate(schema, row, record)

    def _rewrite_rows(self, schema: Schema, rows: list[Row], owner: Any, present: list[Any]) -> None:
        """Rows that nothing refers to are made anew, all in one statement."""
        manager = schema.model._default_manager
        if present:
            manager.filter(pk__in=[record.pk for record in present]).delete()
        records: list[Any] = []
        for row in rows:
            record = schema.model(**{schema.parent: owner})
            if not self.fill(schema, row, record):
                continue
            # What a reference leads to has been looked up already.
            referred = {key for key in schema.keys if schema.is_reference(key) and getattr(record, f"{key}_id")}
            try:
                record.clean_fields(exclude={schema.parent, *referred})
                record.clean()
                _check_constraints(record, records)
            except ValidationError as error:
                self._invalid(row, error)
            else:
                records.append(record)
        manager.bulk_create(records)

    def _inner_rows(self, inner: Schema, row: Row, key: str) -> list[Row]:
        """The inner rows as mappings; one that stands for its key alone becomes a mapping with that key."""
        rows = []
        values = row.get(key, [])
        if not isinstance(values, list):
            self.error(row.lines[key], f"“{key}” must be a list")
            return []
        for value in values:
            if not isinstance(value, Row) and not inner.alone:
                self.error(row.lines[key], f"each of “{key}” must be a mapping")
                continue
            mapping = as_mapping(inner, value) if inner.alone else value
            if mapping is not value:
                mapping = Row(mapping)
                mapping.line, mapping.lines = row.lines[key], {inner.alone: row.lines[key]}
            rows.append(mapping)
        return rows

    # One value

    def _set(self, schema: Schema, row: Row, record: Any, key: str) -> None:
        line = row.lines.get(key, row.line)
        if translated := schema.translated(key):
            texts = row.get(key, {})
            if not isinstance(texts, dict) or set(texts) - set(translated.languages):
                self.error(line, f"“{key}” is translated: write {', '.join(translated.languages)} below it")
                return
            for language in translated.languages:
                setattr(record, to_attribute(key, language), texts.get(language, ""))
            return
        value = row.get(key, schema.default(key))
        if not isinstance(value, str):
            self.error(line, f"“{key}” must be one value")
            return
        if schema.is_reference(key):
            setattr(record, f"{key}_id", self._reference(schema, key, value, line) if value else None)
            return
        column = schema.field(key)
        if isinstance(column, models.BooleanField):
            if value not in {"", "yes", "no"}:
                self.error(line, f"“{key}” is yes or no, not “{value}”")
            setattr(record, key, value == "yes")
        elif not value and column.null:
            setattr(record, key, None)
        else:
            try:
                setattr(record, key, column.to_python(value))
            except ValidationError as error:
                self.error(line, f"“{key}”: {' '.join(error.messages)}")

    def _references(self, schema: Schema, row: Row, key: str) -> list[int]:
        codes = row.get(key, [])
        line = row.lines.get(key, row.line)
        if not isinstance(codes, list):
            self.error(line, f"“{key}” must be a list")
            return []
        keys = [self._reference(schema, key, code, line) for code in codes]
        return [pk for pk in keys if pk is not None]

    def _reference(self, schema: Schema, key: str, code: Any, line: int) -> int | None:
        related = schema.field(key).related_model
        pk = self.known(related).get(code) if isinstance(code, str) else None
        if pk is None:
            self.error(line, f"“{key}”: there is no {related._meta.model_name} with the code “{code}”")
        return pk

    def known(self, model: type[models.Model]) -> dict[str, int]:
        if model not in self._keys:
            self._keys[model] = dict(model._default_manager.values_list("code", "pk"))
        return self._keys[model]

    def error(self, line: int, reason: str) -> None:
        self.errors.append(RecordError(line, reason, self._file))

    def _invalid(self, row: Row, error: ValidationError) -> None:
        by_name = error.message_dict if hasattr(error, "error_dict") else {"__all__": error.messages}
        for name, messages in by_name.items():
            key = name if name in row.lines else name.rpartition("_")[0]
            where = f"“{name}”: " if name != "__all__" else ""
            self.error(row.lines.get(key, row.line), f"{where}{' '.join(messages)}")
