"""Newsletters, and letters to many that carry one."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('partnership', '0019_inbox_notices'),
    ]

    operations = [
        migrations.AddField(
            model_name='mailing',
            name='by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='mailing',
            name='frozen',
            field=models.JSONField(default=dict),
        ),
        migrations.AlterField(
            model_name='mailing',
            name='period_until',
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name='mailing',
            name='rhythm',
            field=models.CharField(blank=True, choices=[('at_once', 'At once, at most one a day'), ('weekly', 'Each Monday'), ('monthly', 'The 1st of each month')], max_length=10),
        ),
        migrations.CreateModel(
            name='Newsletter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(help_text='The permanent name of this record in data, imports and references, for example library-2. It can never be changed.', max_length=80, unique=True, verbose_name='code')),
                ('slug', models.SlugField(blank=True, help_text='The last part of the page’s address. Left empty, it is the code.', max_length=80, unique=True, verbose_name='address')),
                ('state', models.CharField(choices=[('draft', 'draft'), ('published', 'published'), ('withdrawn', 'withdrawn')], default='draft', max_length=10, verbose_name='state')),
                ('published_at', models.DateTimeField(editable=False, null=True, verbose_name='first published')),
                ('withdrawn_on', models.DateField(blank=True, null=True, verbose_name='withdrawn on')),
                ('withdrawal_reason_en', models.CharField(blank=True, help_text='Shown to the public in place of the record. Name no person.', max_length=300, verbose_name='reason for withdrawal')),
                ('withdrawal_reason_sv', models.CharField(blank=True, help_text='Shown to the public in place of the record. Name no person.', max_length=300, verbose_name='reason for withdrawal')),
                ('note_en', models.TextField(blank=True, help_text='What a reader should know about the evidence, for example: The sources disagree on the length.', verbose_name='note for readers')),
                ('note_sv', models.TextField(blank=True, help_text='What a reader should know about the evidence, for example: The sources disagree on the length.', verbose_name='note for readers')),
                ('staff_note', models.TextField(blank=True, help_text='Seen in the admin only, never published.', verbose_name='note for staff')),
                ('version', models.PositiveIntegerField(default=0, editable=False, verbose_name='version')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('modified_at', models.DateTimeField(auto_now=True, verbose_name='last changed')),
                ('number', models.PositiveSmallIntegerField(unique=True, verbose_name='number')),
                ('title_en', models.CharField(blank=True, max_length=160, verbose_name='title')),
                ('title_sv', models.CharField(blank=True, max_length=160, verbose_name='title')),
                ('lead_en', models.CharField(blank=True, max_length=200, verbose_name='lead')),
                ('lead_sv', models.CharField(blank=True, max_length=200, verbose_name='lead')),
                ('text_en', models.TextField(blank=True, help_text='Paragraphs, lists, headings and links. {project:leseding} becomes a link to the record.', verbose_name='text')),
                ('text_sv', models.TextField(blank=True, help_text='Paragraphs, lists, headings and links. {project:leseding} becomes a link to the record.', verbose_name='text')),
            ],
            options={
                'verbose_name': 'newsletter',
                'verbose_name_plural': 'newsletters',
                'ordering': ['-number'],
                'abstract': False,
                'default_permissions': ('add', 'change', 'delete', 'view', 'publish'),
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('state', 'withdrawn'), _negated=True), ('withdrawn_on__isnull', False), _connector='OR'), name='partnership_newsletter_withdrawn_on', violation_error_message='A withdrawn record needs the date of its withdrawal.'), models.CheckConstraint(condition=models.Q(models.Q(('code', ''), _negated=True), models.Q(('slug', ''), _negated=True)), name='partnership_newsletter_code', violation_error_message='A record needs a code and an address.'), models.CheckConstraint(condition=models.Q(models.Q(('title_en', ''), _negated=True), models.Q(('title_sv', ''), _negated=True), _connector='OR'), name='partnership_newsletter_title', violation_error_message='Write this text in at least one of the languages.')],
            },
        ),
        migrations.AddField(
            model_name='mailing',
            name='newsletter',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='mailing', to='partnership.newsletter'),
        ),
    ]
