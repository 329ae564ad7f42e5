"""Database triggers that note every write to the record, whoever writes.

Bulk updates, the shell and other programs bypass the methods of models, but not triggers. Each write increases the
number of the data version, notes it as that of its table, and queues its record for indexing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.db import connections, models

from ..publishing import Record

APPS = ("partnership", "projects", "visits")
#: Models for accounts, work of staff and serving are not part of the record.
_NOT_RECORD = {"user", "user_groups", "user_user_permissions", "seededrecord"}
_NOT_RECORD |= {"redaction", "formeraddress", "dataversion", "tableversion", "pendingindexing", "heartbeat"}
_NOT_RECORD |= {"searchentry", "searchword", "datarelease"}
_NOT_RECORD |= {"merger", "distinctpair", "formdraft", "secondlook"}
_NOT_RECORD |= {"reviewnote", "queuedemail", "privatelink", "spreadsheetupload", "spreadsheetlayout", "failedsignin"}
_NOT_RECORD |= {"securityevent"}
#: What strangers send must not empty the page cache, nor wait for the row of the version.
_NOT_RECORD |= {"contribution", "contributionfile", "contributionmessage", "contributionresult"}
_NOT_RECORD |= {"follower", "following", "suppression", "mailing"}

_SQLITE = """
CREATE TRIGGER IF NOT EXISTS {table}_{event}_noted AFTER {event} ON {table} BEGIN
    UPDATE partnership_dataversion SET number = number + 1;
    INSERT INTO partnership_tableversion SELECT '{table}', number FROM partnership_dataversion WHERE true
        ON CONFLICT (name) DO UPDATE SET number = excluded.number;
    INSERT INTO partnership_pendingindexing (kind, record) VALUES ('{kind}', {row}.{column});
END
"""
_POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION partnership_note_change() RETURNS trigger AS $$
DECLARE
    key bigint;
BEGIN
    IF TG_OP = 'DELETE' THEN
        EXECUTE format('SELECT ($1).%I', TG_ARGV[1]) INTO key USING OLD;
    ELSE
        EXECUTE format('SELECT ($1).%I', TG_ARGV[1]) INTO key USING NEW;
    END IF;
    UPDATE partnership_dataversion SET number = number + 1;
    INSERT INTO partnership_tableversion SELECT TG_TABLE_NAME, number FROM partnership_dataversion
        ON CONFLICT (name) DO UPDATE SET number = excluded.number;
    INSERT INTO partnership_pendingindexing (kind, record) VALUES (TG_ARGV[0], key);
    RETURN NULL;
END
$$ LANGUAGE plpgsql
"""
_POSTGRESQL = """
CREATE OR REPLACE TRIGGER {table}_noted AFTER INSERT OR UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION partnership_note_change('{kind}', '{column}')
"""


def watched() -> Iterator[tuple[str, str, str]]:
    """Every table of the record, the model of the record to which its rows belong, and the column with its key."""
    for label in APPS:
        for model in apps.get_app_config(label).get_models(include_auto_created=True):
            if model._meta.model_name not in _NOT_RECORD:
                yield (model._meta.db_table, *owner_of(model))


def owner_of(model: type[models.Model]) -> tuple[str, str]:
    """The model of the record to which the rows of a model belong, and the column with its key.

    A row that is no record belongs to the record with which it is deleted, else to one that it must refer to.
    """
    if not issubclass(model, Record):
        foreign_keys: list[Any] = [field for field in model._meta.fields if field.many_to_one and not field.null]
        foreign_keys.sort(key=lambda field: field.remote_field.on_delete is not models.CASCADE)
        if foreign_keys:
            return foreign_keys[0].related_model._meta.model_name, foreign_keys[0].column
    return str(model._meta.model_name), "id"


def drop_triggers(app_config: AppConfig, using: str, plan: Sequence[Any] = (), **_rest: Any) -> None:
    """Runs before migrations: a trigger must neither outlive nor block the tables that it names.

    After migrating back, an earlier release installs its own triggers.
    """
    connection = connections[using]
    if app_config.label != APPS[0] or not plan:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("DROP FUNCTION IF EXISTS partnership_note_change() CASCADE")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%_noted'")
            for (name,) in cursor.fetchall():
                cursor.execute(f'DROP TRIGGER "{name}"')


def install_triggers(app_config: AppConfig, using: str, plan: Sequence[Any] = (), **_rest: Any) -> None:
    """Runs after each app’s migrations, and acts once, when the tables of the last app exist.

    A migration may have changed texts or languages: the whole record is then queued for indexing.
    """
    connection = connections[using]
    existing = set(connection.introspection.table_names())
    if app_config.label != APPS[-1] or "partnership_tableversion" not in existing:
        return
    # After migrating back, newer tables do not exist.
    tables = [row for row in watched() if row[0] in existing]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRESQL_FUNCTION)
        for table, kind, column in tables:
            values = {"table": table, "kind": kind, "column": column}
            if connection.vendor == "postgresql":
                cursor.execute(_POSTGRESQL.format(**values))
            else:
                for event, row in (("insert", "NEW"), ("update", "NEW"), ("delete", "OLD")):
                    cursor.execute(_SQLITE.format(**values, event=event, row=row))
            cursor.execute(f"INSERT INTO partnership_tableversion VALUES ('{table}', 0) ON CONFLICT DO NOTHING")
        if plan:
            _queue_all(cursor, tables)
        # The texts of the pages themselves change with a release, not with a write.
        cursor.execute("INSERT INTO partnership_pendingindexing (kind, record) VALUES ('page', 0)")


def _queue_all(cursor: Any, tables: list[tuple[str, str, str]]) -> None:
    for table in ("searchtext", "searchentry", "searchword", "pendingindexing"):
        cursor.execute(f"DELETE FROM partnership_{table}")
    for table, kind, column in tables:
        if column == "id":
            cursor.execute(f"INSERT INTO partnership_pendingindexing (kind, record) SELECT '{kind}', id FROM {table}")
