"""Editors change drafts; what is always public, such as rounds of awards and professions, is changed by publishers alone."""

from django.contrib.auth.management import create_permissions
from django.db import migrations, models

PUBLIC_FROM_THE_START = ["awardround", "criterion", "roundcitation", "profession", "loggedsearch", "issuer"]


def guard_what_is_always_public(apps, schema_editor):
    for label in ("partnership", "projects", "visits"):
        app_config = apps.get_app_config(label)
        app_config.models_module = True
        create_permissions(app_config, apps=apps, verbosity=0)
        app_config.models_module = None
    permissions = apps.get_model("auth", "Permission").objects.filter(content_type__model__in=PUBLIC_FROM_THE_START)
    groups = apps.get_model("auth", "Group").objects
    for group in groups.filter(name__in=["Publisher", "Administrator"]):
        group.permissions.add(*permissions)
    for group in groups.filter(name="Editor"):
        group.permissions.remove(*permissions.exclude(codename__startswith="view_"))


class Migration(migrations.Migration):
    dependencies = [("partnership", "0036_always_public"), ("visits", "0016_where_we_looked_rights")]

    operations = [
        migrations.AlterModelOptions(
            name="profession",
            options={
                "default_permissions": ("add", "change", "delete", "view", "publish"),
                "ordering": ["position", "code"],
                "verbose_name": "profession",
                "verbose_name_plural": "professions",
            },
        ),
        migrations.AddField(
            model_name="profession",
            name="version",
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name="version"),
        ),
        migrations.RunPython(guard_what_is_always_public, migrations.RunPython.noop),
    ]
