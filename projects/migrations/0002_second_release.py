"""What the second release (0.2.0) added to the first, in one step.

Projects, outputs and themes get the number of their version, projects an IATI identifier, themes their DAC sectors and
policy markers. Projects and outputs can be confirmed by each side, and speak to the criteria of an award.
"""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ('projects', '0002_iati'),
        ('projects', '0003_history'),
        ('projects', '0004_confirmations'),
        ('projects', '0005_awards'),
    ]

    dependencies = [
        ('partnership', '0002_second_release'),
        ('projects', '0001_initial'),
    ]

    operations = [
        *[
            migrations.AddField(
                model_name=model_name,
                name='version',
                field=models.PositiveIntegerField(default=0, editable=False, verbose_name='version'),
            )
            for model_name in ['output', 'project', 'theme']
        ],
        migrations.AddField(
            model_name='project',
            name='iati_identifier',
            field=models.CharField(blank=True, editable=False, help_text='Given once, when the project is first in a public activity file; it never changes.', max_length=120, verbose_name='IATI identifier'),
        ),
        migrations.AddConstraint(
            model_name='project',
            constraint=models.UniqueConstraint(condition=models.Q(('iati_identifier', ''), _negated=True), fields=('iati_identifier',), name='projects_project_iati'),
        ),
        migrations.AddField(
            model_name='theme',
            name='dac_sectors',
            field=models.CharField(blank=True, help_text='Codes of the OECD’s development sectors, separated by commas; a judgement: 16065, 16066', max_length=60, validators=[django.core.validators.RegexValidator('^\\d{5}(, \\d{5})*$', 'Write codes of five digits: 16065, 16066')], verbose_name='DAC sectors'),
        ),
        migrations.AddField(
            model_name='theme',
            name='policy_markers',
            field=models.CharField(blank=True, help_text='Codes of the OECD’s policy markers, separated by commas: 1 is gender equality, 11 disability', max_length=60, validators=[django.core.validators.RegexValidator('^\\d{1,2}(, \\d{1,2})*$', 'Write codes: 1, 11')], verbose_name='policy markers'),
        ),
        migrations.CreateModel(
            name='OutputConfirmation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('country', models.CharField(choices=[('SE', 'Sweden'), ('ZA', 'South Africa'), ('INT', 'International')], max_length=3, verbose_name='side')),
                ('made_on', models.DateField(default=django.utils.timezone.localdate, verbose_name='confirmed on')),
                ('digest', models.CharField(max_length=64, verbose_name='checksum of what was confirmed')),
                ('lifted_at', models.DateTimeField(null=True, verbose_name='lifted')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who')),
                ('output', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='confirmations', to='projects.output')),
                ('partner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partnership.partner', verbose_name='partner')),
            ],
            options={
                'verbose_name': 'confirmation',
                'verbose_name_plural': 'confirmations',
                'ordering': ['pk'],
                'abstract': False,
                'default_permissions': ('add',),
                'constraints': [models.UniqueConstraint(condition=models.Q(('lifted_at__isnull', True)), fields=('output', 'country'), name='projects_outputconfirmation_once'), models.CheckConstraint(condition=models.Q(('country__in', ['SE', 'ZA'])), name='projects_outputconfirmation_side')],
            },
        ),
        migrations.CreateModel(
            name='ProjectConfirmation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('country', models.CharField(choices=[('SE', 'Sweden'), ('ZA', 'South Africa'), ('INT', 'International')], max_length=3, verbose_name='side')),
                ('made_on', models.DateField(default=django.utils.timezone.localdate, verbose_name='confirmed on')),
                ('digest', models.CharField(max_length=64, verbose_name='checksum of what was confirmed')),
                ('lifted_at', models.DateTimeField(null=True, verbose_name='lifted')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who')),
                ('partner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partnership.partner', verbose_name='partner')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='confirmations', to='projects.project')),
            ],
            options={
                'verbose_name': 'confirmation',
                'verbose_name_plural': 'confirmations',
                'ordering': ['pk'],
                'abstract': False,
                'default_permissions': ('add',),
                'constraints': [models.UniqueConstraint(condition=models.Q(('lifted_at__isnull', True)), fields=('project', 'country'), name='projects_projectconfirmation_once'), models.CheckConstraint(condition=models.Q(('country__in', ['SE', 'ZA'])), name='projects_projectconfirmation_side')],
            },
        ),
        migrations.AddField(
            model_name='output',
            name='criteria',
            field=models.ManyToManyField(blank=True, help_text='Only where its text or its sources say something about the criterion. A judgement by staff.', related_name='%(class)ss', to='partnership.criterion', verbose_name='criteria that it speaks to'),
        ),
        migrations.AddField(
            model_name='project',
            name='criteria',
            field=models.ManyToManyField(blank=True, help_text='Only where its text or its sources say something about the criterion. A judgement by staff.', related_name='%(class)ss', to='partnership.criterion', verbose_name='criteria that it speaks to'),
        ),
    ]
