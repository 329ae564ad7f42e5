"""User names differ by more than case, and of recovery codes only a keyed hash is stored."""

from django.db import migrations, models
from django.db.models.functions import Lower

import partnership.models.staff
from partnership.signin.second_factor import RECOVERY_CODE_LENGTH, kept_code


def tell_names_apart(apps, schema_editor):
    """The oldest account keeps its name; e-mail addresses sign in as well."""
    taken = set()
    for user in apps.get_model("partnership", "User").objects.order_by("pk"):
        if user.username.lower() in taken:
            user.username = f"{user.username[:130]}-{user.pk}"
            user.save(update_fields=["username"])
        taken.add(user.username.lower())


def hash_recovery_codes(apps, schema_editor):
    tokens = apps.get_model("otp_static", "StaticToken").objects
    for token in tokens.all():
        if len(token.token) == RECOVERY_CODE_LENGTH:
            tokens.filter(pk=token.pk).update(token=kept_code(token.token))


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("otp_static", "0003_add_timestamps"),
        ("partnership", "0041_security_log"),
    ]

    operations = [
        migrations.RunPython(tell_names_apart, migrations.RunPython.noop),
        migrations.RunPython(hash_recovery_codes, migrations.RunPython.noop),
        migrations.AlterModelManagers(
            name="user", managers=[("objects", partnership.models.staff.StaffManager())]
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.UniqueConstraint(
                Lower("username"),
                name="partnership_user_username",
                violation_error_message="There is an account with this user name already.",
            ),
        ),
    ]
