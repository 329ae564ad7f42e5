"""The queue of e-mail takes letters to anybody, and knows of each what became of it."""

import django.db.models.deletion
import django.utils.timezone
import partnership.models.mail
from django.conf import settings
from django.db import migrations, models


def give_keys(apps, schema_editor):
    """The letters that wait have got one key between them."""
    for email in apps.get_model("partnership", "QueuedEmail").objects.all():
        email.key = partnership.models.mail.random_key()
        email.save(update_fields=["key"])


class Migration(migrations.Migration):
    dependencies = [
        ("partnership", "0015_people_dates"),
    ]

    operations = [
        migrations.AddField(
            model_name="queuedemail",
            name="address",
            field=models.CharField(blank=True, max_length=254),
        ),
        migrations.AddField(
            model_name="queuedemail",
            name="claimed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="queuedemail",
            name="detail",
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.AddField(
            model_name="queuedemail",
            name="key",
            field=models.CharField(default=partnership.models.mail.random_key, max_length=22),
        ),
        migrations.AddField(
            model_name="queuedemail",
            name="language",
            field=models.CharField(blank=True, max_length=10),
        ),
        migrations.AddField(
            model_name="queuedemail",
            name="next_try_at",
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.AddField(
            model_name="queuedemail",
            name="purpose",
            field=models.PositiveSmallIntegerField(
                choices=[
                    (1, "Password"),
                    (2, "Confirm"),
                    (3, "Reply"),
                    (4, "Receipt"),
                    (5, "Staff"),
                    (6, "Reconfirm"),
                    (7, "Newsletter"),
                    (8, "Digest"),
                ],
                default=5,
            ),
        ),
        migrations.AddField(
            model_name="queuedemail",
            name="sent_at",
            field=models.DateTimeField(db_index=True, null=True),
        ),
        migrations.AddField(
            model_name="queuedemail",
            name="state",
            field=models.CharField(
                choices=[
                    ("waiting", "Waiting"),
                    ("trying", "Trying"),
                    ("sent", "Sent"),
                    ("refused", "Refused"),
                    ("doubtful", "Doubtful"),
                    ("held", "Held"),
                ],
                default="waiting",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="queuedemail",
            name="tries",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name="queuedemail",
            name="body",
            field=models.TextField(blank=True),
        ),
        migrations.AlterField(
            model_name="queuedemail",
            name="subject",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AlterField(
            model_name="queuedemail",
            name="to",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="queued_emails",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="queuedemail",
            index=models.Index(fields=["state", "purpose", "id"], name="partnership_email_due"),
        ),
        migrations.RunPython(give_keys, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="queuedemail",
            name="key",
            field=models.CharField(default=partnership.models.mail.random_key, max_length=22, unique=True),
        ),
    ]
