"""Questions and answers and words that mean the same have versions: publishers and administrators may change them."""

from django.contrib.auth.management import create_permissions
from django.db import migrations


def let_publishers_publish_words(apps, schema_editor):
    app_config = apps.get_app_config("partnership")
    app_config.models_module = True
    create_permissions(app_config, apps=apps, verbosity=0)
    app_config.models_module = None
    permissions = apps.get_model("auth", "Permission").objects.filter(
        codename__in=["publish_questionsheet", "publish_synonyms"]
    )
    groups = apps.get_model("auth", "Group").objects
    for group in groups.filter(name__in=["Publisher", "Administrator"]):
        group.permissions.add(*permissions)
    for group in groups.filter(name="Editor"):
        # On a new site an earlier migration found these rights and gave them to all staff.
        group.permissions.remove(*permissions)


class Migration(migrations.Migration):
    dependencies = [("partnership", "0050_what_staff_write"), ("visits", "0022_reply_rights")]

    operations = [migrations.RunPython(let_publishers_publish_words, migrations.RunPython.noop)]
