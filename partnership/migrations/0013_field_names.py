"""Models and columns take the names that the field uses; no row changes."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("partnership", "0002_second_release")]

    operations = [
        migrations.RemoveIndex("revision", "partnership_revision_of"),
        migrations.RemoveIndex("remark", "partnership_remark_of"),
        migrations.RenameModel("RecordVersion", "DataVersion"),
        migrations.RenameModel("RecordChange", "PendingIndexing"),
        migrations.RenameModel("Letter", "QueuedEmail"),
        migrations.RenameModel("Remark", "ReviewNote"),
        migrations.RenameField("revision", "kind", "model_name"),
        migrations.RenameField("reviewnote", "kind", "model_name"),
        migrations.RenameField("source", "reached", "link_status"),
        migrations.RenameField("source", "seen", "link_detail"),
        migrations.AddIndex(
            "revision", models.Index(fields=["model_name", "code", "version"], name="partnership_revision_of")
        ),
        migrations.AddIndex(
            "reviewnote", models.Index(fields=["model_name", "code", "done_at"], name="partnership_reviewnote_of")
        ),
        migrations.AlterField(
            "queuedemail",
            "to",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="queued_emails",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            "reviewnote",
            "by",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="review_notes",
                to=settings.AUTH_USER_MODEL,
                verbose_name="who",
            ),
        ),
    ]
