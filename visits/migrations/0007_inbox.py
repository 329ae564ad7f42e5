from django.contrib.auth.management import create_permissions
from django.db import migrations


def let_staff_read_contributions(apps, schema_editor):
    """All staff read them and make drafts; publishers answer and close; administrators erase."""
    app_config = apps.get_app_config("partnership")
    app_config.models_module = True
    create_permissions(app_config, apps=apps, verbosity=0)
    app_config.models_module = None
    permissions = apps.get_model("auth", "Permission").objects.filter(content_type__model="contribution")
    may = {
        "Editor": ["view_contribution"],
        "Publisher": ["view_contribution", "add_contribution", "change_contribution"],
        "Administrator": ["view_contribution", "add_contribution", "change_contribution", "erase_contribution"],
    }
    for name, codenames in may.items():
        group = apps.get_model("auth", "Group").objects.get(name=name)
        # On a new database the groups were made with these tables already there.
        group.permissions.remove(*permissions)
        group.permissions.add(*permissions.filter(codename__in=codenames))


class Migration(migrations.Migration):
    dependencies = [("partnership", "0017_contributions"), ("visits", "0006_people_dates")]

    operations = [migrations.RunPython(let_staff_read_contributions, migrations.RunPython.noop)]
