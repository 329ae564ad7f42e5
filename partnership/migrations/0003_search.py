"""The version of the record, and the index for searching it. What is on record already is indexed at the first search."""

from django.db import migrations

RECORDS = {
    "partner": "partnership_partner",
    "milestone": "partnership_milestone",
    "source": "partnership_source",
    "claim": "partnership_claim",
    "document": "partnership_document",
    "theme": "projects_theme",
    "project": "projects_project",
    "output": "projects_output",
    "visit": "visits_visit",
}
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
    for kind, table in RECORDS.items():
        schema_editor.execute(
            f"INSERT INTO partnership_recordchange (kind, record) SELECT '{kind}', id FROM {table}"
        )


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
