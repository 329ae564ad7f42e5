"""A copy of the whole record in another database, such as from SQLite to PostgreSQL, without loss.

Rows are copied as they are, with their keys and dates: no method of a model runs. Values that a stricter database
would refuse are found first, and the copy is read back and compared before it is committed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

import environ
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.color import no_style
from django.db import Error, connections, models, transaction
from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.migrations.executor import MigrationExecutor

from ..models import DataVersion, PendingIndexing, SearchEntry, TableVersion

SOURCE, TARGET = "default", "target"
#: Rows that are read at a time.
CHUNK_SIZE = 500
#: The search index is built anew in the target.
_NOT_COPIED = {PendingIndexing, SearchEntry, TableVersion}


class CopyError(Exception):
    """The record is not copied; the target is unchanged. The message is for whoever operates the site."""


def tables() -> list[type[models.Model]]:
    """The models whose rows are copied, tables of many-to-many fields included."""
    candidates = apps.get_models(include_auto_created=True)
    return [model for model in candidates if model._meta.managed and not model._meta.proxy and model not in _NOT_COPIED]


def open_target(url: str) -> None:
    """Adds the database at a URL to the connections, as ``TARGET``. Raises CopyError unless it answers and is empty."""
    try:
        config = environ.Env.db_url_config(url)
    except ImproperlyConfigured as error:
        raise CopyError(f"The address could not be read: {error}") from error
    if not config.get("ENGINE"):
        raise CopyError("The address of the database begins with postgres:// or sqlite:///.")
    connections.settings[TARGET] = connections.configure_settings({SOURCE: settings.DATABASES[SOURCE], TARGET: config})[
        TARGET
    ]
    try:
        table_names = connections[TARGET].introspection.table_names()
    except (Error, ImproperlyConfigured) as error:
        raise CopyError(f"The database does not answer: {error}") from error
    if table_names:
        raise CopyError("The database is not empty. A record is only ever moved into a new one; nothing was written.")


def close_target() -> None:
    """Removes the target from the connections, so that nothing else in this process meets it."""
    if TARGET in connections.settings:
        connections[TARGET].close()
        del connections[TARGET], connections.settings[TARGET]


def errors() -> Iterator[str]:
    """What the target would refuse: NUL characters, text or numbers too large for their column, dangling keys."""
    plan = MigrationExecutor(connections[SOURCE]).migration_plan(
        MigrationExecutor(connections[SOURCE]).loader.graph.leaf_nodes()
    )
    if plan:
        yield "The database is older than the program. Run “manage.py migrate” first."
        return
    for model in tables():
        checks = [(field, *_limits(field)) for field in model._meta.concrete_fields]
        for record in _rows(model, SOURCE):
            for field, max_length, integers in checks:
                if error := _error_in(getattr(record, field.attname), max_length, integers):
                    yield f"{model._meta.label} {record.pk}, {field.name}: {error}"
    try:
        connections[SOURCE].check_constraints()
    except Error as error:
        yield f"A key leads nowhere: {error}"


def _limits(field: models.Field) -> tuple[int | None, range | None]:
    """The characters that fit into a column, and the integers; SQLite enforces neither limit."""
    integers = None
    if isinstance(field, models.IntegerField):
        lowest, highest = BaseDatabaseOperations.integer_field_ranges[field.get_internal_type()]
        integers = range(lowest, highest + 1)
    return getattr(field, "max_length", None), integers


def _error_in(value: Any, max_length: int | None, integers: range | None) -> str:
    if isinstance(value, models.fields.files.FieldFile):
        value = value.name or ""
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False).replace(r"\u0000", "\0")
    if isinstance(value, str) and "\0" in value:
        return "a NUL character, which PostgreSQL does not store"
    if isinstance(value, str) and max_length is not None and len(value) > max_length:
        return f"{len(value)} characters where {max_length} fit"
    if isinstance(value, int) and integers is not None and value not in integers:
        return f"the number {value} is too large for its column"
    return ""


def _rows(model: type[models.Model], alias: str) -> Iterator[Any]:
    return model._base_manager.using(alias).order_by("pk").iterator(chunk_size=CHUNK_SIZE)


def copy(url: str) -> dict[str, int]:
    """Copies every row, and returns the number of rows by the label of their model.

    SQLite as a source is locked for writing meanwhile. Raises CopyError, with the target rolled back, if a row that
    is read back differs from its original.
    """
    _make_tables(url)
    target = connections[TARGET]
    with transaction.atomic(using=SOURCE), transaction.atomic(using=TARGET):
        with target.cursor() as cursor:
            # Rows that migrations have written come from the source as well, with its keys.
            for model in tables():
                cursor.execute(f"DELETE FROM {target.ops.quote_name(model._meta.db_table)}")
        counts = {model._meta.label: _copy_rows(model) for model in tables()}
        # The triggers have counted every row that was written.
        DataVersion.objects.using(TARGET).update(number=DataVersion.objects.get().number)
        TableVersion.objects.using(TARGET).update(number=0)
        for model in tables():
            _compare(model)
        _advance_sequences()
    return counts


def _make_tables(url: str) -> None:
    """Migrates in a process whose only database is the target: data migrations write to the default one."""
    process = subprocess.run(
        [sys.executable, settings.BASE_DIR / "manage.py", "migrate", "--verbosity=0", "--no-input"],
        env={**os.environ, "DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
    if process.returncode:
        raise CopyError(f"The tables could not be made: {process.stderr.strip().splitlines()[-1]}")


def _copy_rows(model: type[models.Model]) -> int:
    count = 0
    for count, row in enumerate(_rows(model, SOURCE), 1):  # noqa: B007
        row.save_base(using=TARGET, raw=True, force_insert=True)
    return count


def _compare(model: type[models.Model]) -> None:
    """Raises CopyError at the first row that differs."""
    names = [field.attname for field in model._meta.concrete_fields]
    for original, copied in zip_longest(_rows(model, SOURCE), _rows(model, TARGET)):
        if any(_plain(getattr(original, name, None)) != _plain(getattr(copied, name, None)) for name in names):
            raise CopyError(f"{model._meta.label} {(original or copied).pk} was not copied truly; all was rolled back.")


def _plain(value: Any) -> Any:
    if isinstance(value, models.fields.files.FieldFile):
        return value.name
    return bytes(value) if isinstance(value, memoryview) else value


def _advance_sequences() -> None:
    """A new row in the target gets a key that no row has, nor had before it was deleted."""
    source, target = connections[SOURCE], connections[TARGET]
    copied = {model._meta.db_table for model in tables()}
    with target.cursor() as cursor:
        for statement in target.ops.sequence_reset_sql(no_style(), tables()):
            cursor.execute(statement)
        if source.vendor != "sqlite":
            return
        with source.cursor() as reader:
            reader.execute("SELECT name, seq FROM sqlite_sequence WHERE seq > 0")
            last = dict(reader.fetchall())
        for table, key in sorted(last.items()):
            if target.vendor == "sqlite":
                cursor.execute("UPDATE sqlite_sequence SET seq = max(seq, %s) WHERE name = %s", [key, table])
            elif table in copied:
                cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [f'"{table}"', key])
