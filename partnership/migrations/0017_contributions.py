"""What the public sends in, and the codes of addresses that are not to be written to."""

import django.db.models.deletion
import django.utils.timezone
import partnership.models.contributions
import partnership.models.mail
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("partnership", "0016_mail_queue"),
    ]

    operations = [
        migrations.CreateModel(
            name="Suppression",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("hash", models.CharField(max_length=64, unique=True)),
                (
                    "why",
                    models.CharField(
                        choices=[("asked", "Asked"), ("bounced", "Bounced"), ("complained", "Complained")],
                        max_length=10,
                    ),
                ),
                ("made_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["pk"],
                "default_permissions": (),
            },
        ),
        migrations.AlterField(
            model_name="source",
            name="grade",
            field=models.CharField(
                choices=[
                    ("independent", "independent"),
                    ("public_authority", "public authority"),
                    ("funder", "funder"),
                    ("award_or_network", "award or network"),
                    ("press", "press"),
                    ("reference_work", "reference work"),
                    ("partner", "partner"),
                    ("party", "political party"),
                    ("own_statement", "own statement"),
                    ("witness", "someone who was there"),
                ],
                max_length=20,
                verbose_name="who speaks",
            ),
        ),
        migrations.AlterField(
            model_name="source",
            name="kind",
            field=models.CharField(
                choices=[
                    ("project_page", "project page"),
                    ("listing", "list of projects"),
                    ("press_release", "press release"),
                    ("news", "news item"),
                    ("article", "article"),
                    ("report", "report"),
                    ("thesis", "thesis"),
                    ("web_page", "web page"),
                    ("reference_work", "encyclopaedia"),
                    ("call", "call for entries"),
                    ("archive", "archive document"),
                    ("contribution", "told to the record"),
                    ("other", "other"),
                ],
                default="web_page",
                max_length=20,
                verbose_name="kind",
            ),
        ),
        migrations.CreateModel(
            name="Contribution",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reference", models.CharField(editable=False, max_length=12, unique=True, verbose_name="reference")),
                (
                    "came_by",
                    models.CharField(
                        choices=[
                            ("web", "the form of this site"),
                            ("email", "e-mail"),
                            ("letter", "letter"),
                            ("telephone", "telephone"),
                            ("visit", "a visit"),
                        ],
                        default="web",
                        max_length=10,
                        verbose_name="came by",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("received", "Received, waits to be read"),
                            ("in_hand", "Being looked at"),
                            ("asked", "We have a question for you"),
                            ("used", "Used in the record"),
                            ("partly_used", "Partly used"),
                            ("not_used", "Not used"),
                            ("erased", "Erased"),
                        ],
                        default="received",
                        editable=False,
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                ("suspected", models.JSONField(blank=True, default=list, editable=False)),
                ("is_spam", models.BooleanField(default=False, editable=False)),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("memory", "A memory"),
                            ("date", "A date"),
                            ("correction", "Something is wrong"),
                            ("document", "I have a document"),
                            ("photographs", "I have photographs"),
                            ("barrier", "A barrier on this site"),
                            ("other", "Something else"),
                        ],
                        default="other",
                        max_length=12,
                        verbose_name="what it is about",
                    ),
                ),
                ("model_name", models.CharField(blank=True, max_length=20, verbose_name="kind of record")),
                ("code", models.CharField(blank=True, max_length=80, verbose_name="code of the record")),
                ("text", models.TextField(blank=True, max_length=4000, verbose_name="text")),
                (
                    "cleared_text",
                    models.TextField(
                        blank=True,
                        help_text="The text without names, addresses and numbers of people.",
                        max_length=4000,
                        verbose_name="text for colleagues outside the EU",
                    ),
                ),
                ("text_language", models.CharField(blank=True, max_length=10, verbose_name="language of the text")),
                (
                    "known_how",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("there", "I was there"),
                            ("paper", "I have a document or picture"),
                            ("told", "Somebody told me"),
                            ("archive", "I work with an archive"),
                            ("press", "I am a journalist"),
                        ],
                        max_length=10,
                        verbose_name="how it is known",
                    ),
                ),
                ("when_text", models.CharField(blank=True, max_length=80, verbose_name="when it was")),
                ("email", models.CharField(blank=True, max_length=254, verbose_name="e-mail")),
                ("language", models.CharField(default="en", max_length=10)),
                ("key_hash", models.CharField(editable=False, max_length=64, unique=True)),
                (
                    "sent_key",
                    models.CharField(
                        default=partnership.models.mail.random_key, editable=False, max_length=43, unique=True
                    ),
                ),
                ("fingerprint", models.CharField(blank=True, db_index=True, editable=False, max_length=64)),
                ("sender", models.CharField(blank=True, db_index=True, editable=False, max_length=32)),
                ("received_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="received")),
                ("receipt_at", models.DateTimeField(editable=False, null=True)),
                ("asked_at", models.DateTimeField(editable=False, null=True)),
                ("closed_at", models.DateTimeField(editable=False, null=True, verbose_name="closed")),
                (
                    "registration",
                    models.CharField(
                        choices=[
                            ("undecided", "not decided yet"),
                            ("registered", "registered"),
                            ("minor", "of minor importance, not registered"),
                        ],
                        default="undecided",
                        max_length=12,
                        verbose_name="registration",
                    ),
                ),
                ("registered_as", models.CharField(blank=True, max_length=80, verbose_name="registered as")),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                ("wants_erasure", models.BooleanField(default=False, editable=False, verbose_name="erasure asked for")),
                ("hold", models.BooleanField(default=False, verbose_name="not to be disposed of")),
                ("hold_reason", models.CharField(blank=True, max_length=300, verbose_name="why not")),
                ("version", models.PositiveIntegerField(default=0, editable=False)),
                (
                    "source",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="partnership.source",
                    ),
                ),
                (
                    "taken_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="taken in hand by",
                    ),
                ),
            ],
            options={
                "verbose_name": "contribution",
                "verbose_name_plural": "contributions",
                "ordering": ["received_at", "pk"],
                "default_permissions": ("add", "change", "view", "erase"),
            },
        ),
        migrations.AddField(
            model_name="queuedemail",
            name="contribution",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="emails",
                to="partnership.contribution",
            ),
        ),
        migrations.CreateModel(
            name="ContributionFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("file", models.FileField(upload_to=partnership.models.contributions._path)),
                ("declared_name", models.CharField(blank=True, max_length=120)),
                ("size", models.PositiveIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                (
                    "found",
                    models.CharField(
                        choices=[("jpeg", "JPEG"), ("png", "PNG"), ("webp", "WebP"), ("pdf", "PDF")], max_length=4
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waits to be looked at"),
                            ("clean", "looked at, no fault found"),
                            ("refused", "refused"),
                            ("deleted", "deleted"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("why", models.CharField(blank=True, max_length=120)),
                (
                    "scanned",
                    models.CharField(
                        choices=[("clamav", "ClamAV"), ("none", "not scanned")], default="none", max_length=10
                    ),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("camera_date", models.CharField(blank=True, max_length=20)),
                ("preview", models.FileField(blank=True, upload_to=partnership.models.contributions._preview_path)),
                ("licence", models.CharField(blank=True, max_length=20)),
                ("licence_wording", models.PositiveSmallIntegerField(default=1)),
                ("credit", models.CharField(blank=True, max_length=120)),
                (
                    "people",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("none", "No"),
                            ("agreed", "Yes, and they agreed"),
                            ("unknown", "Yes, I have not asked"),
                        ],
                        max_length=10,
                    ),
                ),
                ("children", models.BooleanField(default=False)),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                (
                    "contribution",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="files", to="partnership.contribution"
                    ),
                ),
                (
                    "document",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="partnership.document",
                    ),
                ),
                (
                    "photo",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="partnership.photo",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="ContributionMessage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("is_from_staff", models.BooleanField(default=False)),
                ("text", models.TextField(max_length=2000, verbose_name="message")),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "contribution",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="messages",
                        to="partnership.contribution",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="ContributionResult",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("model_name", models.CharField(max_length=20)),
                ("code", models.CharField(max_length=80)),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("source", "source"),
                            ("citation", "citation"),
                            ("photograph", "photograph"),
                            ("document", "document"),
                            ("suggestion", "suggestion"),
                            ("correction", "correction"),
                        ],
                        max_length=12,
                        verbose_name="what came of it",
                    ),
                ),
                (
                    "contribution",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="results",
                        to="partnership.contribution",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "default_permissions": (),
            },
        ),
        migrations.AddIndex(
            model_name="contribution",
            index=models.Index(fields=["state", "received_at"], name="partnership_contribution_inbox"),
        ),
        migrations.AddConstraint(
            model_name="contribution",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("closed_at__isnull", False), ("state__in", ["used", "partly_used", "not_used", "erased"])
                    ),
                    models.Q(("closed_at__isnull", True), ("state__in", ["received", "in_hand", "asked"])),
                    _connector="OR",
                ),
                name="partnership_contribution_closed",
            ),
        ),
        migrations.AddConstraint(
            model_name="contribution",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "erased"), _negated=True),
                    models.Q(("cleared_text", ""), ("email", ""), ("text", ""), ("when_text", "")),
                    _connector="OR",
                ),
                name="partnership_contribution_erased",
            ),
        ),
        migrations.AddConstraint(
            model_name="contribution",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("registration", "registered"), _negated=True),
                    models.Q(("registered_as", ""), _negated=True),
                    _connector="OR",
                ),
                name="partnership_contribution_registered",
                violation_error_message="Write the number under which it is registered.",
            ),
        ),
        migrations.AddConstraint(
            model_name="contribution",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("code", ""), ("model_name", "")),
                    models.Q(models.Q(("model_name", ""), _negated=True), models.Q(("code", ""), _negated=True)),
                    _connector="OR",
                ),
                name="partnership_contribution_about",
                violation_error_message="A record is named by its kind and its code.",
            ),
        ),
        migrations.AddConstraint(
            model_name="contributionfile",
            constraint=models.UniqueConstraint(
                fields=("contribution", "sha256"), name="partnership_contributionfile_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="contributionfile",
            constraint=models.CheckConstraint(
                condition=models.Q(("children", False), models.Q(("people", "none"), _negated=True), _connector="OR"),
                name="partnership_contributionfile_children",
            ),
        ),
        migrations.AddConstraint(
            model_name="contributionresult",
            constraint=models.UniqueConstraint(
                fields=("contribution", "model_name", "code", "what"), name="partnership_contributionresult_once"
            ),
        ),
    ]
