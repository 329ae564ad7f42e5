"""All staff mark results that are inferred. A new site and one that was upgraded give the same rights to each group."""

from django.contrib.auth.management import create_permissions
from django.db import migrations


def let_staff_mark_results(apps, schema_editor):
    for label in ("partnership", "projects", "visits"):
        app_config = apps.get_app_config(label)
        app_config.models_module = True
        create_permissions(app_config, apps=apps, verbosity=0)
        app_config.models_module = None
    of_results = apps.get_model("auth", "Permission").objects.filter(content_type__model="outputinference")
    for group in apps.get_model("auth", "Group").objects.filter(name__in=["Editor", "Publisher", "Administrator"]):
        group.permissions.add(*of_results)


class Migration(migrations.Migration):
    dependencies = [
        ("partnership", "0053_versions_of_tables"),
        ("projects", "0012_output_inferences"),
        ("visits", "0023_publishers_of_words"),
    ]

    operations = [migrations.RunPython(let_staff_mark_results, migrations.RunPython.noop)]
