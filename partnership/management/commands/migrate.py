"""Django’s migrate, one at a time, and never half of the way back."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.exceptions import AmbiguityError
from django.db.migrations.executor import MigrationExecutor

#: Of PostgreSQL’s advisory locks, the one that this site’s migrations hold.
_LOCK = 7_263_001


class Command(migrate.Command):
    def handle(self, *args, **options) -> None:
        connection = connections[options["database"]]
        with one_at_a_time(connection):
            if options["app_label"] and options["migration_name"] and not options["fake"]:
                self._refuse_one_way(connection, options["app_label"], options["migration_name"])
            super().handle(*args, **options)

    def _refuse_one_way(self, connection: BaseDatabaseWrapper, app_label: str, name: str) -> None:
        """Before anything is undone: Django would stop at the first migration that cannot be, with others gone."""
        loader = MigrationExecutor(connection).loader
        try:
            target = None if name == "zero" else loader.get_migration_by_prefix(app_label, name).name
        except (KeyError, AmbiguityError):
            return  # Django says what is wrong with it.
        if names := one_way(connection, [(app_label, target)]):
            raise CommandError(
                f"Nothing was changed. There is no way back from {', '.join(names)}: "
                "restore the backup from before the upgrade."
            )


def one_way(connection: BaseDatabaseWrapper, targets: list[tuple[str, str | None]]) -> list[str]:
    """The migrations on the way back to the targets that cannot be undone."""
    plan = MigrationExecutor(connection).migration_plan(targets)
    return [
        f"{migration.app_label}.{migration.name}"
        for migration, is_backwards in plan
        if is_backwards and not all(operation.reversible for operation in migration.operations)
    ]


@contextmanager
def one_at_a_time(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Waits until no other migration of this database runs: by its own lock, or by that of a file beside it."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
        return
    if connection.is_in_memory_db():  # type: ignore[attr-defined]
        yield
        return
    name = Path(str(connection.settings_dict["NAME"]))
    name.parent.mkdir(parents=True, exist_ok=True)
    with name.with_name(f"{name.name}.migrating").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
