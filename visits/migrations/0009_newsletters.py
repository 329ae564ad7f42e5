from django.contrib.auth.management import create_permissions
from django.db import migrations


def let_staff_write_newsletters(apps, schema_editor):
    """All staff write them; publishers and administrators publish and send them."""
    app_config = apps.get_app_config("partnership")
    app_config.models_module = True
    create_permissions(app_config, apps=apps, verbosity=0)
    app_config.models_module = None
    permissions = apps.get_model("auth", "Permission").objects.filter(content_type__model="newsletter")
    for name in ("Editor", "Publisher", "Administrator"):
        group = apps.get_model("auth", "Group").objects.get(name=name)
        group.permissions.remove(*permissions)
        may = permissions.exclude(codename__startswith="publish_") if name == "Editor" else permissions
        group.permissions.add(*may)


class Migration(migrations.Migration):
    dependencies = [("partnership", "0020_newsletters"), ("visits", "0008_followers")]

    operations = [migrations.RunPython(let_staff_write_newsletters, migrations.RunPython.noop)]
