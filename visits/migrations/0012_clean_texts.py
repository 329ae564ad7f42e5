"""What nobody sees is taken out of the texts that are stored, in records, versions and all else that people wrote."""

from django.db import migrations, models

from partnership.fields.texts import clean, clean_line, clean_name

CLEAN = {models.CharField: clean_line, models.TextField: clean, models.URLField: clean_name}


def _cleaned(value):
    """JSON with each of its texts cleaned."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(key): _cleaned(part) for key, part in value.items()}
    return [_cleaned(part) for part in value] if isinstance(value, list) else value


def _clean_row(row, columns):
    """The values of a row that change; what would no longer fit into its column stays."""
    changes = {}
    for column in columns:
        before = row[column.name]
        if not before:
            continue
        after = CLEAN.get(type(column), _cleaned)(before)
        if after != before and not (column.max_length and len(after) > column.max_length):
            changes[column.name] = after
    return changes


def clean_texts(apps, schema_editor):
    for label in ("partnership", "projects", "visits"):
        for model in apps.get_app_config(label).get_models():
            columns = [
                column
                for column in model._meta.fields
                if (type(column) in CLEAN or isinstance(column, models.JSONField)) and not column.choices
            ]
            rows = model._base_manager.using(schema_editor.connection.alias)
            for row in rows.values("pk", *(column.name for column in columns)).iterator() if columns else ():
                if changes := _clean_row(row, columns):
                    rows.filter(pk=row["pk"]).update(**changes)


class Migration(migrations.Migration):
    dependencies = [
        ("partnership", "0024_issuers"),
        ("projects", "0007_evidence_to_the_sentence"),
        ("visits", "0011_inference_rights"),
    ]

    operations = [migrations.RunPython(clean_texts, migrations.RunPython.noop, elidable=True)]
