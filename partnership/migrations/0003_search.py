"""The version of the record, and the index for searching it."""

from django.db import migrations

SQLITE = [
    "CREATE VIRTUAL TABLE partnership_searchtext USING fts5("
    "title, text, also, tokenize = \"porter unicode61 remove_diacritics 2\", prefix = '2 3 4')",
]
POSTGRESQL = [
    "CREATE TABLE partnership_searchtext (rowid bigint PRIMARY KEY, words tsvector NOT NULL)",
    "CREATE INDEX partnership_searchtext_words ON partnership_searchtext USING gin (words)",
]


def forwards(apps, schema_editor):
    apps.get_model("partnership", "RecordVersion").objects.create(pk=1)
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement)


def backwards(apps, schema_editor):
    schema_editor.execute("DROP TABLE partnership_searchtext")
    apps.get_model("partnership", "RecordVersion").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("partnership", "0002_serving"),
        ("projects", "0001_initial"),
        ("visits", "0001_initial"),
    ]
    operations = [migrations.RunPython(forwards, backwards)]
