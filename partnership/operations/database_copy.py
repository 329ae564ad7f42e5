"""Moving the whole record to another database, such as from SQLite to PostgreSQL, without loss.

Rows are copied as they are, with their keys and dates: no method of a model runs. What a stricter database would
refuse is looked for first, and what has been written is read back and compared before it is committed.
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

from ..models import DataVersion, PendingIndexing, SearchEntry

SOURCE, TARGET = "default", "target"
#: Rows that are read at a time.
PORTION = 500
#: The search index makes itself anew from the triggers’ notes.
_REMADE = {PendingIndexing, SearchEntry}


class CopyError(Exception):
    """Why a record is not moved; nothing has been changed. Its arguments are the reasons, one for each fault."""


def tables() -> list[type[models.Model]]:
    """Every table that is moved, those between two models included."""
    found = apps.get_models(include_auto_created=True)
    return [model for model in found if model._meta.managed and not model._meta.proxy and model not in _REMADE]


def open_target(address: str) -> None:
    """Makes the database at an address known as ``TARGET``. Raises CopyError unless it answers and is empty."""
    try:
        config = environ.Env.db_url_config(address)
    except ImproperlyConfigured as error:
        raise CopyError(f"The address could not be read: {error}") from error
    if not config.get("ENGINE"):
        raise CopyError("The address of the database begins with postgres:// or sqlite:///.")
    connections.settings[TARGET] = connections.configure_settings({SOURCE: settings.DATABASES[SOURCE], TARGET: config})[
        TARGET
    ]
    try:
        found = connections[TARGET].introspection.table_names()
    except (Error, ImproperlyConfigured) as error:
        raise CopyError(f"The database does not answer: {error}") from error
    if found:
        raise CopyError("The database is not empty. A record is only ever moved into a new one; nothing was written.")


def close_target() -> None:
    """Lets go of the target, so that nothing else in this process meets it."""
    if TARGET in connections.settings:
        connections[TARGET].close()
        del connections[TARGET], connections.settings[TARGET]


def faults() -> Iterator[str]:
    """What the target would refuse: NUL characters, text or numbers too large for their column, keys of nothing."""
    plan = MigrationExecutor(connections[SOURCE]).migration_plan(
        MigrationExecutor(connections[SOURCE]).loader.graph.leaf_nodes()
    )
    if plan:
        yield "The database is older than the program. Run “manage.py migrate” first."
        return
    for model in tables():
        checks = [(field, *_limits(field)) for field in model._meta.concrete_fields]
        for record in _rows(model, SOURCE):
            for field, longest, numbers in checks:
                if fault := _fault(getattr(record, field.attname), longest, numbers):
                    yield f"{model._meta.label} {record.pk}, {field.name}: {fault}"
    try:
        connections[SOURCE].check_constraints()
    except Error as error:
        yield f"A key leads nowhere: {error}"


def _limits(field: models.Field) -> tuple[int | None, range | None]:
    """How many characters fit into a column, and which numbers; SQLite takes more than it was told of either."""
    numbers = None
    if isinstance(field, models.IntegerField):
        lowest, highest = BaseDatabaseOperations.integer_field_ranges[field.get_internal_type()]
        numbers = range(lowest, highest + 1)
    return getattr(field, "max_length", None), numbers


def _fault(value: Any, longest: int | None, numbers: range | None) -> str:
    if isinstance(value, models.fields.files.FieldFile):
        value = value.name or ""
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False).replace(r"\u0000", "\0")
    if isinstance(value, str) and "\0" in value:
        return "a NUL character, which PostgreSQL does not store"
    if isinstance(value, str) and longest is not None and len(value) > longest:
        return f"{len(value)} characters where {longest} fit"
    if isinstance(value, int) and numbers is not None and value not in numbers:
        return f"the number {value} is too large for its column"
    return ""


def _rows(model: type[models.Model], alias: str) -> Iterator[Any]:
    return model._base_manager.using(alias).order_by("pk").iterator(chunk_size=PORTION)


def move(address: str) -> dict[str, int]:
    """Copies every row, and returns how many there were in each table.

    The source is locked for writing meanwhile where that is possible (SQLite). Raises CopyError, with the target
    rolled back, if what can be read there is not what was read here.
    """
    _make_tables(address)
    target = connections[TARGET]
    with transaction.atomic(using=SOURCE), transaction.atomic(using=TARGET):
        with target.cursor() as cursor:
            # What migrations have written there comes from here, with its own keys.
            for model in tables():
                cursor.execute(f"DELETE FROM {target.ops.quote_name(model._meta.db_table)}")
        counts = {model._meta.label: _copy(model) for model in tables()}
        # The triggers have counted every row that was written.
        DataVersion.objects.using(TARGET).update(number=DataVersion.objects.get().number)
        for model in tables():
            _compare(model)
        _go_on_numbering()
    return counts


def _make_tables(address: str) -> None:
    """In a process of its own, in which the target is the only database: migrations write to the one there is."""
    done = subprocess.run(
        [sys.executable, settings.BASE_DIR / "manage.py", "migrate", "--verbosity=0", "--no-input"],
        env={**os.environ, "DATABASE_URL": address},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CopyError(f"The tables could not be made: {done.stderr.strip().splitlines()[-1]}")


def _copy(model: type[models.Model]) -> int:
    number = 0
    for number, record in enumerate(_rows(model, SOURCE), 1):  # noqa: B007
        record.save_base(using=TARGET, raw=True, force_insert=True)
    return number


def _compare(model: type[models.Model]) -> None:
    """Raises CopyError at the first row that differs."""
    names = [field.attname for field in model._meta.concrete_fields]
    for here, there in zip_longest(_rows(model, SOURCE), _rows(model, TARGET)):
        found = [[_plain(getattr(one, name, None)) for name in names] for one in (here, there)]
        if found[0] != found[1]:
            raise CopyError(f"{model._meta.label} {(here or there).pk} was not copied truly; all was rolled back.")


def _plain(value: Any) -> Any:
    if isinstance(value, models.fields.files.FieldFile):
        return value.name
    return bytes(value) if isinstance(value, memoryview) else value


def _go_on_numbering() -> None:
    """The next new row gets a number that no row has, nor had before it was deleted."""
    source, target = connections[SOURCE], connections[TARGET]
    known = {model._meta.db_table for model in tables()}
    with target.cursor() as cursor:
        for statement in target.ops.sequence_reset_sql(no_style(), tables()):
            cursor.execute(statement)
        if source.vendor != "sqlite":
            return
        with source.cursor() as reader:
            reader.execute("SELECT name, seq FROM sqlite_sequence WHERE seq > 0")
            last = dict(reader.fetchall())
        for table, number in sorted(last.items()):
            if target.vendor == "sqlite":
                cursor.execute("UPDATE sqlite_sequence SET seq = max(seq, %s) WHERE name = %s", [number, table])
            elif table in known:
                cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [f'"{table}"', number])
