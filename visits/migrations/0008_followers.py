from django.contrib.auth.management import create_permissions
from django.db import migrations


def let_staff_count_followers(apps, schema_editor):
    """All staff see how many there are; administrators delete one who asks."""
    app_config = apps.get_app_config("partnership")
    app_config.models_module = True
    create_permissions(app_config, apps=apps, verbosity=0)
    app_config.models_module = None
    permissions = apps.get_model("auth", "Permission").objects.filter(content_type__model="follower")
    may = {"Editor": ["view"], "Publisher": ["view"], "Administrator": ["view", "delete"]}
    for name, actions in may.items():
        group = apps.get_model("auth", "Group").objects.get(name=name)
        # On a new database the groups were made with this table already there.
        group.permissions.remove(*permissions)
        group.permissions.add(*permissions.filter(codename__in=[f"{action}_follower" for action in actions]))


class Migration(migrations.Migration):
    dependencies = [("partnership", "0018_following"), ("visits", "0007_inbox")]

    operations = [migrations.RunPython(let_staff_count_followers, migrations.RunPython.noop)]
