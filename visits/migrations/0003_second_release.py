"""What the second release (0.2.0) added to the first, in one step.

Visits get the number of their version, can be confirmed by each side, and speak to the criteria of an award. The groups
of staff get what they may do with all that is new: this app comes last, so every model that they need exists.
"""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.db import migrations, models


def make_permissions(apps, schema_editor):
    """Permissions are otherwise made only after all migrations have run."""
    for label in ("partnership", "projects", "visits"):
        app_config = apps.get_app_config(label)
        app_config.models_module = True
        create_permissions(app_config, apps=apps, verbosity=0)
        app_config.models_module = None


def let_publishers_confirm(apps, schema_editor):
    """Only they speak for their side: administrators may do all else, editors may not."""
    confirming = apps.get_model("auth", "Permission").objects.filter(
        codename__startswith="add_", codename__endswith="confirmation"
    )
    for group in apps.get_model("auth", "Group").objects.all():
        change = group.permissions.add if group.name == "Publisher" else group.permissions.remove
        change(*confirming)


def let_staff_write_dossiers(apps, schema_editor):
    """All staff write dossiers; publishers and administrators publish them, freeze editions and make private links."""
    kinds = ["awardround", "roundcitation", "criterion", "submission", "submissioncitation", "section"]
    for_publishers = ["edition", "privatelink"]
    permissions = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="partnership")
    writing = permissions.filter(content_type__model__in=kinds).exclude(codename__startswith="publish_")
    publishing = permissions.filter(content_type__model__in=[*kinds, *for_publishers])
    for name, may in {"Editor": writing, "Publisher": publishing, "Administrator": publishing}.items():
        group = apps.get_model("auth", "Group").objects.get(name=name)
        group.permissions.remove(*publishing)
        group.permissions.add(*may)
    editions = permissions.filter(codename="view_edition")
    apps.get_model("auth", "Group").objects.get(name="Editor").permissions.add(*editions)


class Migration(migrations.Migration):

    replaces = [
        ('visits', '0003_history'),
        ('visits', '0004_confirmations'),
        ('visits', '0005_awards'),
    ]

    dependencies = [
        ('partnership', '0002_second_release'),
        ('projects', '0002_second_release'),
        ('visits', '0002_groups'),
    ]

    operations = [
        migrations.AddField(
            model_name='visit',
            name='version',
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name='version'),
        ),
        migrations.CreateModel(
            name='VisitConfirmation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('country', models.CharField(choices=[('SE', 'Sweden'), ('ZA', 'South Africa'), ('INT', 'International')], max_length=3, verbose_name='side')),
                ('made_on', models.DateField(default=django.utils.timezone.localdate, verbose_name='confirmed on')),
                ('digest', models.CharField(max_length=64, verbose_name='checksum of what was confirmed')),
                ('lifted_at', models.DateTimeField(null=True, verbose_name='lifted')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who')),
                ('partner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partnership.partner', verbose_name='partner')),
                ('visit', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='confirmations', to='visits.visit')),
            ],
            options={
                'verbose_name': 'confirmation',
                'verbose_name_plural': 'confirmations',
                'ordering': ['pk'],
                'abstract': False,
                'default_permissions': ('add',),
                'constraints': [models.UniqueConstraint(condition=models.Q(('lifted_at__isnull', True)), fields=('visit', 'country'), name='visits_visitconfirmation_once'), models.CheckConstraint(condition=models.Q(('country__in', ['SE', 'ZA'])), name='visits_visitconfirmation_side')],
            },
        ),
        migrations.AddField(
            model_name='visit',
            name='criteria',
            field=models.ManyToManyField(blank=True, help_text='Only where its text or its sources say something about the criterion. A judgement by staff.', related_name='%(class)ss', to='partnership.criterion', verbose_name='criteria that it speaks to'),
        ),
        migrations.RunPython(make_permissions, migrations.RunPython.noop),
        migrations.RunPython(let_publishers_confirm, migrations.RunPython.noop),
        migrations.RunPython(let_staff_write_dossiers, migrations.RunPython.noop),
    ]
