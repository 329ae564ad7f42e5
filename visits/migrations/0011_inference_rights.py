"""All staff mark what is inferred. A new site and one that was upgraded give the same rights to each group."""

from django.contrib.auth.management import create_permissions
from django.db import migrations


def let_staff_mark_inferences(apps, schema_editor):
    for label in ("partnership", "projects", "visits"):
        app_config = apps.get_app_config(label)
        app_config.models_module = True
        create_permissions(app_config, apps=apps, verbosity=0)
        app_config.models_module = None
    permissions = apps.get_model("auth", "Permission").objects
    of_inferences = permissions.filter(content_type__model__endswith="inference")
    # Nothing asks for these: versions are read by whoever may look at their record.
    unused = permissions.filter(codename__in=["view_revision", "view_redaction"])
    for group in apps.get_model("auth", "Group").objects.filter(name__in=["Editor", "Publisher", "Administrator"]):
        group.permissions.add(*of_inferences)
        group.permissions.remove(*unused)


class Migration(migrations.Migration):
    dependencies = [
        ("partnership", "0022_reconfirming"),
        ("projects", "0007_evidence_to_the_sentence"),
        ("visits", "0010_evidence_to_the_sentence"),
    ]

    operations = [migrations.RunPython(let_staff_mark_inferences, migrations.RunPython.noop)]
