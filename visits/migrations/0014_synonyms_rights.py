"""Words that mean the same are in use as soon as they are saved: whoever may publish keeps them, all staff read them."""

from django.contrib.auth.management import create_permissions
from django.db import migrations


def let_publishers_keep_synonyms(apps, schema_editor):
    app_config = apps.get_app_config("partnership")
    app_config.models_module = True
    create_permissions(app_config, apps=apps, verbosity=0)
    app_config.models_module = None
    of_synonyms = apps.get_model("auth", "Permission").objects.filter(content_type__model="synonyms")
    for group in apps.get_model("auth", "Group").objects.filter(name__in=["Editor", "Publisher", "Administrator"]):
        reading = group.name == "Editor"
        # On a new site an earlier step has let editors keep whatever tables there are.
        group.permissions.remove(*of_synonyms)
        group.permissions.add(*(of_synonyms.filter(codename="view_synonyms") if reading else of_synonyms))


class Migration(migrations.Migration):
    dependencies = [
        ("partnership", "0031_search_words"),
        ("visits", "0013_merging"),
    ]

    operations = [migrations.RunPython(let_publishers_keep_synonyms, migrations.RunPython.noop)]
