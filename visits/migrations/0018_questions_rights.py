"""Staff keep questions and their answers, and identifiers of partners; a new site gives the same rights."""

from django.contrib.auth.management import create_permissions
from django.db import migrations


def let_staff_keep_them(apps, schema_editor):
    app_config = apps.get_app_config("partnership")
    app_config.models_module = True
    create_permissions(app_config, apps=apps, verbosity=0)
    app_config.models_module = None
    kinds = ["question", "questionsheet", "partneridentifier"]
    permissions = apps.get_model("auth", "Permission").objects.filter(content_type__model__in=kinds)
    for group in apps.get_model("auth", "Group").objects.filter(name__in=["Editor", "Publisher", "Administrator"]):
        group.permissions.add(*permissions)


class Migration(migrations.Migration):
    dependencies = [("partnership", "0038_partner_identifiers"), ("visits", "0017_always_public")]

    operations = [migrations.RunPython(let_staff_keep_them, migrations.RunPython.noop)]
