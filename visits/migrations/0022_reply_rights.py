"""All staff write down what partners reply. A new site and one that was upgraded give the same rights to each group."""

from django.contrib.auth.management import create_permissions
from django.db import migrations


def let_staff_keep_replies(apps, schema_editor):
    for label in ("partnership", "projects", "visits"):
        app_config = apps.get_app_config(label)
        app_config.models_module = True
        create_permissions(app_config, apps=apps, verbosity=0)
        app_config.models_module = None
    of_replies = apps.get_model("auth", "Permission").objects.filter(content_type__model__endswith="reply")
    for group in apps.get_model("auth", "Group").objects.filter(name__in=["Editor", "Publisher", "Administrator"]):
        group.permissions.add(*of_replies)


class Migration(migrations.Migration):
    dependencies = [
        ("partnership", "0049_replies"),
        ("projects", "0011_replies"),
        ("visits", "0021_replies"),
    ]

    operations = [migrations.RunPython(let_staff_keep_replies, migrations.RunPython.noop)]
