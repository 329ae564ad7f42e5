"""Staff keep the log of searches and what is known of issuers; a new site gives the same rights."""

from django.contrib.auth.management import create_permissions
from django.db import migrations


def let_staff_keep_them(apps, schema_editor):
    app_config = apps.get_app_config("partnership")
    app_config.models_module = True
    create_permissions(app_config, apps=apps, verbosity=0)
    app_config.models_module = None
    permissions = apps.get_model("auth", "Permission").objects
    kept = permissions.filter(content_type__model__in=["loggedsearch", "issuer"])
    for group in apps.get_model("auth", "Group").objects.filter(name__in=["Editor", "Publisher", "Administrator"]):
        group.permissions.add(*kept)


class Migration(migrations.Migration):
    dependencies = [("partnership", "0034_where_we_looked"), ("visits", "0015_discarded")]

    operations = [migrations.RunPython(let_staff_keep_them, migrations.RunPython.noop)]
