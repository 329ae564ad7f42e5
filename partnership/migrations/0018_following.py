"""Followers, their topics, and letters to many."""

import django.db.models.deletion
import django.utils.timezone
import partnership.models.mail
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("partnership", "0017_contributions"),
    ]

    operations = [
        migrations.CreateModel(
            name="Follower",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", models.CharField(max_length=254, unique=True)),
                (
                    "language",
                    models.CharField(
                        choices=[("en", "English"), ("sv", "Swedish")],
                        default="en",
                        max_length=10,
                        verbose_name="Language",
                    ),
                ),
                (
                    "rhythm",
                    models.CharField(
                        choices=[
                            ("at_once", "At once, at most one a day"),
                            ("weekly", "Each Monday"),
                            ("monthly", "The 1st of each month"),
                        ],
                        default="monthly",
                        max_length=10,
                        verbose_name="How often",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("pending", "Pending"), ("confirmed", "Confirmed"), ("paused", "Paused")],
                        default="pending",
                        max_length=10,
                    ),
                ),
                ("key", models.CharField(default=partnership.models.mail.random_key, max_length=22, unique=True)),
                (
                    "confirm_key",
                    models.CharField(default=partnership.models.mail.random_key, max_length=22, unique=True),
                ),
                ("wording", models.PositiveSmallIntegerField(default=1)),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("asked_times", models.PositiveSmallIntegerField(default=0)),
                ("last_letter_at", models.DateTimeField(null=True)),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("reconfirm_asked_at", models.DateTimeField(null=True)),
                ("told_until", models.DateTimeField(default=django.utils.timezone.now)),
                ("soft_bounces", models.PositiveSmallIntegerField(default=0)),
                ("first_soft_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "follower",
                "verbose_name_plural": "followers",
                "ordering": ["pk"],
                "default_permissions": ("view", "delete"),
                "indexes": [models.Index(fields=["state", "rhythm"], name="partnership_follower_due")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state", "pending"), ("confirmed_at__isnull", False), _connector="OR"),
                        name="partnership_follower_confirmed",
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="queuedemail",
            name="follower",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="emails", to="partnership.follower"
            ),
        ),
        migrations.CreateModel(
            name="Following",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("record", "Record"),
                            ("newsletter", "Newsletter"),
                            ("project", "Project"),
                            ("theme", "Theme"),
                            ("partner", "Partner"),
                        ],
                        max_length=10,
                    ),
                ),
                ("code", models.CharField(blank=True, max_length=80)),
                (
                    "follower",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="topics", to="partnership.follower"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Mailing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "rhythm",
                    models.CharField(
                        choices=[
                            ("at_once", "At once, at most one a day"),
                            ("weekly", "Each Monday"),
                            ("monthly", "The 1st of each month"),
                        ],
                        max_length=10,
                    ),
                ),
                ("period_until", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[("sending", "Sending"), ("stopped", "Stopped")], default="sending", max_length=10
                    ),
                ),
                ("made_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["-pk"],
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(fields=("rhythm", "period_until"), name="partnership_mailing_once")
                ],
            },
        ),
        migrations.AddField(
            model_name="queuedemail",
            name="mailing",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="emails", to="partnership.mailing"
            ),
        ),
        migrations.AddConstraint(
            model_name="queuedemail",
            constraint=models.UniqueConstraint(fields=("mailing", "follower"), name="partnership_queuedemail_once"),
        ),
        migrations.AddConstraint(
            model_name="following",
            constraint=models.UniqueConstraint(fields=("follower", "kind", "code"), name="partnership_following_once"),
        ),
    ]
