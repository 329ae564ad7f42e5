"""Staff keep told stories: editors write, publishers and administrators publish; a new site gives the same rights."""

from django.contrib.auth.management import create_permissions
from django.db import migrations


def let_staff_tell_stories(apps, schema_editor):
    app_config = apps.get_app_config("partnership")
    app_config.models_module = True
    create_permissions(app_config, apps=apps, verbosity=0)
    app_config.models_module = None
    permissions = apps.get_model("auth", "Permission").objects.filter(content_type__model__in=["story", "passage"])
    for group in apps.get_model("auth", "Group").objects.filter(name__in=["Editor", "Publisher", "Administrator"]):
        group.permissions.add(*permissions.exclude(codename__startswith="publish_"))
        if group.name != "Editor":
            group.permissions.add(*permissions)


class Migration(migrations.Migration):
    dependencies = [("partnership", "0044_ways_on"), ("visits", "0018_questions_rights")]

    operations = [migrations.RunPython(let_staff_tell_stories, migrations.RunPython.noop)]
