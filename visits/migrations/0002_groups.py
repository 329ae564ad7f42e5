"""The three groups of staff. What they may do with one record also depends on its state: see partnership.staff."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

APPS = ["partnership", "projects", "visits"]
NOT_FOR_EDITORS = ["user", "seededrecord"]


def make_groups(apps, schema_editor):
    # Permissions are otherwise made only after all migrations have run.
    for label in [*APPS, "auth"]:
        app_config = apps.get_app_config(label)
        app_config.models_module = True
        create_permissions(app_config, apps=apps, verbosity=0)
        app_config.models_module = None
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")

    of_records = Permission.objects.filter(content_type__app_label__in=APPS).exclude(
        content_type__model__in=NOT_FOR_EDITORS
    )
    editing = of_records.exclude(codename__startswith="publish_")
    staff = Permission.objects.filter(content_type__model__in=["user", "group"]).exclude(
        codename__startswith="delete_"
    )
    for name, permissions in {
        "Editor": list(editing),
        "Publisher": list(of_records),
        "Administrator": [*of_records, *staff],
    }.items():
        group, _created = Group.objects.get_or_create(name=name)
        group.permissions.set(permissions)


def remove_groups(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name__in=["Editor", "Publisher", "Administrator"]).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("visits", "0001_initial"),
        ("projects", "0001_initial"),
        ("partnership", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(make_groups, remove_groups)]
