"""What the second release (0.2.0) added to the first, in one step.

Existing kinds of record get the number of their version, sources the result of checking their address, photographs a
focal point, claims the body that could confirm them, and accounts one e-mail address each.
New are the search index with its queue, former addresses, versions and erasures, letters, remarks and confirmations,
failed sign-ins, uploaded spreadsheets, and awards with their dossiers and editions.
"""

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
import partnership.fields.periods
import partnership.files.validators
import partnership.models.award
import partnership.models.media
from django.conf import settings
from django.db import migrations, models

SQLITE = [
    "CREATE VIRTUAL TABLE partnership_searchtext USING fts5("
    "title, text, also, tokenize = \"porter unicode61 remove_diacritics 2\", prefix = '2 3 4')",
]
POSTGRESQL = [
    "CREATE TABLE partnership_searchtext (rowid bigint PRIMARY KEY, words tsvector NOT NULL)",
    "CREATE INDEX partnership_searchtext_words ON partnership_searchtext USING gin (words)",
]


def make_search_index(apps, schema_editor):
    apps.get_model("partnership", "RecordVersion").objects.create(pk=1)
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement)


def drop_search_index(apps, schema_editor):
    schema_editor.execute("DROP TABLE partnership_searchtext")
    apps.get_model("partnership", "RecordVersion").objects.all().delete()


class Migration(migrations.Migration):

    replaces = [
        ('partnership', '0002_serving'),
        ('partnership', '0003_search'),
        ('partnership', '0004_history'),
        ('partnership', '0005_uploads'),
        ('partnership', '0006_links'),
        ('partnership', '0007_redaction'),
        ('partnership', '0008_confirmations'),
        ('partnership', '0009_awards'),
        ('partnership', '0010_staff_accounts'),
        ('partnership', '0011_spreadsheets'),
        ('partnership', '0012_could_confirm'),
    ]

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('axes', '0010_accessattemptexpiration'),
        ('partnership', '0001_initial'),
        ('projects', '0001_initial'),
        ('visits', '0001_initial'),
    ]

    operations = [
        *[
            migrations.AddField(
                model_name=model_name,
                name='version',
                field=models.PositiveIntegerField(default=0, editable=False, verbose_name='version'),
            )
            for model_name in ['claim', 'document', 'milestone', 'partner', 'photo', 'source']
        ],
        migrations.AddField(
            model_name='source',
            name='checked_on',
            field=models.DateField(editable=False, null=True, verbose_name='address checked on'),
        ),
        migrations.AddField(
            model_name='source',
            name='reached',
            field=models.CharField(choices=[('unchecked', 'not checked yet'), ('found', 'found'), ('moved', 'moved'), ('dead', 'no longer there'), ('unsure', 'not reached')], default='unchecked', editable=False, max_length=10, verbose_name='address'),
        ),
        migrations.AddField(
            model_name='source',
            name='seen',
            field=models.CharField(blank=True, editable=False, max_length=300, verbose_name='what was seen'),
        ),
        migrations.AddField(
            model_name='photo',
            name='focus',
            field=models.CharField(choices=[('center', 'the middle'), ('top', 'top'), ('bottom', 'bottom'), ('left', 'left'), ('right', 'right'), ('top-left', 'top left'), ('top-right', 'top right'), ('bottom-left', 'bottom left'), ('bottom-right', 'bottom right')], default='center', help_text='The part that stays in view where the picture is cut to fit.', max_length=12, verbose_name='focal point'),
        ),
        migrations.AddField(
            model_name='user',
            name='link_sent_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='link sent'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('email'), condition=models.Q(('email', ''), _negated=True), name='partnership_user_email', violation_error_message='There is an account with this e-mail address already.'),
        ),
        migrations.AddField(
            model_name='claim',
            name='could_confirm',
            field=models.ForeignKey(blank=True, help_text='For what only the partners say, a superlative above all: the body that would know.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partnership.partner', verbose_name='who could confirm it'),
        ),
        migrations.AlterField(
            model_name='document',
            name='file',
            field=models.FileField(help_text='PDF, or an office format: docx, odt, xlsx, ods, csv.', upload_to=partnership.models.media._document_path, validators=[django.core.validators.FileExtensionValidator(('pdf', 'docx', 'odt', 'xlsx', 'ods', 'csv')), partnership.files.validators.validate_document], verbose_name='file'),
        ),
        migrations.AlterField(
            model_name='photo',
            name='file',
            field=models.ImageField(height_field='height', help_text='JPEG, PNG or WebP, at least 1,600 pixels wide.', upload_to=partnership.models.media._photo_path, verbose_name='file', width_field='width'),
        ),
        migrations.CreateModel(
            name='RecordChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=20)),
                ('record', models.BigIntegerField()),
            ],
            options={
                'ordering': ['pk'],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='RecordVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.BigIntegerField(default=0)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='FormerAddress',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=20)),
                ('slug', models.CharField(max_length=80)),
                ('code', models.CharField(max_length=80)),
            ],
            options={
                'ordering': ['kind', 'slug'],
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('kind', 'slug'), name='partnership_formeraddress_once')],
            },
        ),
        migrations.CreateModel(
            name='SearchEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=20)),
                ('record', models.BigIntegerField()),
                ('language', models.CharField(max_length=10)),
                ('url', models.CharField(max_length=300)),
                ('title', models.TextField()),
                ('title_language', models.CharField(max_length=10)),
                ('text', models.TextField(blank=True)),
                ('also', models.TextField(blank=True)),
                ('also_language', models.CharField(blank=True, max_length=10)),
                ('sorted_by', models.DateField(null=True)),
            ],
            options={
                'ordering': ['pk'],
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('kind', 'record', 'language'), name='partnership_searchentry_once')],
            },
        ),
        migrations.CreateModel(
            name='Revision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=20, verbose_name='kind')),
                ('code', models.CharField(max_length=80, verbose_name='code')),
                ('version', models.PositiveIntegerField(verbose_name='version')),
                ('action', models.CharField(choices=[('before', 'before the first change'), ('created', 'created'), ('changed', 'changed'), ('published', 'published'), ('withdrawn', 'withdrawn'), ('restored', 'restored')], max_length=12, verbose_name='action')),
                ('made_at', models.DateTimeField(auto_now_add=True, verbose_name='when')),
                ('reason', models.CharField(blank=True, max_length=300, verbose_name='reason')),
                ('is_public', models.BooleanField(default=False, verbose_name='seen by the public')),
                ('title', models.JSONField(default=dict, verbose_name='title')),
                ('fields', models.JSONField(default=list, verbose_name='changed fields')),
                ('content', models.JSONField(default=dict, verbose_name='content')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='revisions', to=settings.AUTH_USER_MODEL, verbose_name='who')),
                ('partner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='partnership.partner', verbose_name='partner')),
            ],
            options={
                'verbose_name': 'version',
                'verbose_name_plural': 'versions',
                'ordering': ['-pk'],
                'default_permissions': ('view',),
                'indexes': [models.Index(fields=['kind', 'code', 'version'], name='partnership_revision_of'), models.Index(fields=['is_public', '-made_at'], name='partnership_revision_new')],
            },
        ),
        migrations.CreateModel(
            name='Redaction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('made_at', models.DateTimeField(auto_now_add=True, verbose_name='when')),
                ('reason', models.CharField(max_length=300, verbose_name='reason')),
                ('decision', models.CharField(help_text='The number of the decision.', max_length=80, verbose_name='decision')),
                ('places', models.JSONField(default=list, verbose_name='places')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='redactions', to=settings.AUTH_USER_MODEL, verbose_name='who')),
            ],
            options={
                'verbose_name': 'erasure',
                'verbose_name_plural': 'erasures',
                'ordering': ['-pk'],
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='Letter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject', models.CharField(max_length=200)),
                ('body', models.TextField()),
                ('made_at', models.DateTimeField(auto_now_add=True)),
                ('to', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='letters', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['pk'],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Remark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('about', models.CharField(choices=[('suggestion', 'suggestion'), ('returned', 'returned to its author')], max_length=10, verbose_name='kind of remark')),
                ('kind', models.CharField(max_length=20, verbose_name='kind')),
                ('code', models.CharField(max_length=80, verbose_name='code')),
                ('text', models.TextField(max_length=2000, verbose_name='remark')),
                ('made_at', models.DateTimeField(auto_now_add=True, verbose_name='when')),
                ('answer', models.TextField(blank=True, max_length=2000, verbose_name='answer')),
                ('done_at', models.DateTimeField(null=True, verbose_name='done')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='remarks', to=settings.AUTH_USER_MODEL, verbose_name='who')),
                ('done_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='done by')),
            ],
            options={
                'verbose_name': 'remark',
                'verbose_name_plural': 'remarks',
                'ordering': ['pk'],
                'default_permissions': (),
                'indexes': [models.Index(fields=['kind', 'code', 'done_at'], name='partnership_remark_of')],
            },
        ),
        migrations.CreateModel(
            name='StatementConfirmation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('country', models.CharField(choices=[('SE', 'Sweden'), ('ZA', 'South Africa'), ('INT', 'International')], max_length=3, verbose_name='side')),
                ('made_on', models.DateField(default=django.utils.timezone.localdate, verbose_name='confirmed on')),
                ('digest', models.CharField(max_length=64, verbose_name='checksum of what was confirmed')),
                ('lifted_at', models.DateTimeField(null=True, verbose_name='lifted')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who')),
                ('partner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partnership.partner', verbose_name='partner')),
                ('statement', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='confirmations', to='partnership.statement')),
            ],
            options={
                'verbose_name': 'confirmation',
                'verbose_name_plural': 'confirmations',
                'ordering': ['pk'],
                'abstract': False,
                'default_permissions': ('add',),
                'constraints': [models.UniqueConstraint(condition=models.Q(('lifted_at__isnull', True)), fields=('statement', 'country'), name='partnership_statementconfirmation_once'), models.CheckConstraint(condition=models.Q(('country__in', ['SE', 'ZA'])), name='partnership_statementconfirmation_side')],
            },
        ),
        migrations.CreateModel(
            name='FailedSignIn',
            fields=[],
            options={
                'verbose_name': 'failed sign-in',
                'verbose_name_plural': 'failed sign-ins',
                'ordering': ['-attempt_time'],
                'proxy': True,
                'default_permissions': (),
                'indexes': [],
                'constraints': [],
            },
            bases=('axes.accessattempt',),
        ),
        migrations.CreateModel(
            name='SpreadsheetUpload',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sheet', models.CharField(max_length=20)),
                ('name', models.CharField(max_length=200)),
                ('content', models.BinaryField()),
                ('sha256', models.CharField(editable=False, max_length=64)),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('allowed_because', models.CharField(blank=True, max_length=200)),
                ('seen', models.JSONField(null=True)),
                ('made_at', models.DateTimeField(auto_now_add=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='spreadsheets', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-pk'],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='AwardRound',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=40, unique=True, verbose_name='code')),
                ('award', models.CharField(max_length=80, verbose_name='award')),
                ('year', models.PositiveSmallIntegerField(verbose_name='year')),
                ('note_en', models.TextField(blank=True, verbose_name='note for readers')),
                ('note_sv', models.TextField(blank=True, verbose_name='note for readers')),
            ],
            options={
                'verbose_name': 'round of an award',
                'verbose_name_plural': 'rounds of awards',
                'ordering': ['award', 'year'],
            },
        ),
        migrations.CreateModel(
            name='Criterion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=60, unique=True, verbose_name='code')),
                ('name_en', models.CharField(blank=True, max_length=120, verbose_name='name')),
                ('name_sv', models.CharField(blank=True, max_length=120, verbose_name='name')),
                ('is_condition', models.BooleanField(default=False, help_text='A condition for taking part, not something that is judged.', verbose_name='condition')),
                ('position', models.PositiveSmallIntegerField(default=100, verbose_name='position')),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='criteria', to='partnership.awardround')),
            ],
            options={
                'verbose_name': 'criterion',
                'verbose_name_plural': 'criteria',
                'ordering': ['round', 'is_condition', 'position', 'code'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('name_en', ''), _negated=True), models.Q(('name_sv', ''), _negated=True), _connector='OR'), name='partnership_criterion_name', violation_error_message='Write this text in at least one of the languages.')],
            },
        ),
        migrations.CreateModel(
            name='RoundCitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('about', models.CharField(blank=True, choices=[('name', 'name'), ('period', 'period'), ('place', 'place'), ('partners', 'partners'), ('status', 'status'), ('themes', 'themes'), ('goals', 'global goals'), ('budget', 'budget'), ('direction', 'direction'), ('delegates', 'delegates'), ('purpose', 'purpose'), ('result', 'result')], help_text='Leave empty when the source supports the record as a whole.', max_length=20, verbose_name='about')),
                ('locator', models.CharField(blank=True, help_text='For example: p. 14', max_length=80, verbose_name='where in it')),
                ('quotation', models.CharField(blank=True, help_text='A short passage, word for word, in its own language.', max_length=400, verbose_name='quotation')),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='citations', to='partnership.awardround')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partnership.source', verbose_name='source')),
            ],
            options={
                'verbose_name': 'citation',
                'verbose_name_plural': 'citations',
                'ordering': ['pk'],
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('round', 'source', 'about'), name='partnership_roundcitation_once', violation_error_message='This source is already cited here for the same thing.')],
            },
        ),
        migrations.CreateModel(
            name='Submission',
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
                ('category', models.CharField(blank=True, help_text='Empty if not documented.', max_length=120, verbose_name='category')),
                ('status', models.CharField(choices=[('draft', 'being written'), ('submitted', 'submitted'), ('shortlisted', 'shortlisted'), ('decided', 'decided')], default='draft', max_length=12, verbose_name='status')),
                ('outcome_en', models.CharField(blank=True, help_text='What is known of the result, for example: Shortlisted, one of twelve of 25.', max_length=300, verbose_name='outcome')),
                ('outcome_sv', models.CharField(blank=True, help_text='What is known of the result, for example: Shortlisted, one of twelve of 25.', max_length=300, verbose_name='outcome')),
                ('submitted', partnership.fields.periods.PeriodField(blank=True, help_text='As precisely as it is known: 2018, 2018-01 or 2018-01-30.', max_length=60, verbose_name='submitted')),
                ('title_en', models.CharField(blank=True, max_length=200, verbose_name='title')),
                ('title_sv', models.CharField(blank=True, max_length=200, verbose_name='title')),
                ('lead_en', models.CharField(blank=True, max_length=400, verbose_name='opening words')),
                ('lead_sv', models.CharField(blank=True, max_length=400, verbose_name='opening words')),
                ('applicant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='submissions', to='partnership.partner', verbose_name='applicant')),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='submissions', to='partnership.awardround', verbose_name='round')),
            ],
            options={
                'verbose_name': 'submission',
                'verbose_name_plural': 'submissions',
                'ordering': ['-round__year', 'code'],
                'abstract': False,
                'default_permissions': ('add', 'change', 'delete', 'view', 'publish'),
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('state', 'withdrawn'), _negated=True), ('withdrawn_on__isnull', False), _connector='OR'), name='partnership_submission_withdrawn_on', violation_error_message='A withdrawn record needs the date of its withdrawal.'), models.CheckConstraint(condition=models.Q(models.Q(('code', ''), _negated=True), models.Q(('slug', ''), _negated=True)), name='partnership_submission_code', violation_error_message='A record needs a code and an address.'), models.CheckConstraint(condition=models.Q(models.Q(('title_en', ''), _negated=True), models.Q(('title_sv', ''), _negated=True), _connector='OR'), name='partnership_submission_title', violation_error_message='Write this text in at least one of the languages.')],
            },
        ),
        migrations.CreateModel(
            name='Section',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(help_text='The last part of its address: in-brief', max_length=40, verbose_name='code')),
                ('position', models.PositiveSmallIntegerField(default=100, verbose_name='position')),
                ('length', models.CharField(choices=[('two', 'two minutes'), ('ten', 'ten minutes'), ('full', 'full')], default='full', max_length=4, verbose_name='in the reading of')),
                ('shows', models.CharField(blank=True, choices=[('', 'nothing more'), ('claims', 'claims and what is on record'), ('gaps', 'what we cannot yet show'), ('beliefs', 'what we ask you to believe without evidence')], max_length=7, verbose_name='then shows')),
                ('title_en', models.CharField(blank=True, max_length=120, verbose_name='title')),
                ('title_sv', models.CharField(blank=True, max_length=120, verbose_name='title')),
                ('text_en', models.TextField(blank=True, help_text='Markdown. Refer to the record and do not type figures: {claim:projects} prints the figure that the partners state, {counted:projects} what the record counts, {statement:projects-2012} one source’s version, {quote:memorandum-2018} its words; {project:leseding}, {visit:…}, {partner:…}, {milestone:…} and {output:…} print a title, {source:platforma-2018} only the number of a source.', verbose_name='text')),
                ('text_sv', models.TextField(blank=True, help_text='Markdown. Refer to the record and do not type figures: {claim:projects} prints the figure that the partners state, {counted:projects} what the record counts, {statement:projects-2012} one source’s version, {quote:memorandum-2018} its words; {project:leseding}, {visit:…}, {partner:…}, {milestone:…} and {output:…} print a title, {source:platforma-2018} only the number of a source.', verbose_name='text')),
                ('submission', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sections', to='partnership.submission')),
            ],
            options={
                'verbose_name': 'section',
                'verbose_name_plural': 'sections',
                'ordering': ['position', 'pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('title_en', ''), _negated=True), models.Q(('title_sv', ''), _negated=True), _connector='OR'), name='partnership_section_title', violation_error_message='Write this text in at least one of the languages.'), models.UniqueConstraint(fields=('submission', 'code'), name='partnership_section_once', violation_error_message='Another section of this dossier has this code.')],
            },
        ),
        migrations.CreateModel(
            name='SubmissionCitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('about', models.CharField(blank=True, choices=[('name', 'name'), ('period', 'period'), ('place', 'place'), ('partners', 'partners'), ('status', 'status'), ('themes', 'themes'), ('goals', 'global goals'), ('budget', 'budget'), ('direction', 'direction'), ('delegates', 'delegates'), ('purpose', 'purpose'), ('result', 'result')], help_text='Leave empty when the source supports the record as a whole.', max_length=20, verbose_name='about')),
                ('locator', models.CharField(blank=True, help_text='For example: p. 14', max_length=80, verbose_name='where in it')),
                ('quotation', models.CharField(blank=True, help_text='A short passage, word for word, in its own language.', max_length=400, verbose_name='quotation')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partnership.source', verbose_name='source')),
                ('submission', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='citations', to='partnership.submission')),
            ],
            options={
                'verbose_name': 'citation',
                'verbose_name_plural': 'citations',
                'ordering': ['pk'],
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('submission', 'source', 'about'), name='partnership_submissioncitation_once', violation_error_message='This source is already cited here for the same thing.')],
            },
        ),
        migrations.CreateModel(
            name='Edition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(verbose_name='number')),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='made')),
                ('sha256', models.CharField(max_length=64, verbose_name='SHA-256')),
                ('is_public', models.BooleanField(default=False, verbose_name='public')),
                ('withdrawn_on', models.DateField(blank=True, null=True, verbose_name='withdrawn on')),
                ('withdrawal_reason', models.CharField(blank=True, max_length=300, verbose_name='reason for withdrawal')),
                ('redactions', models.JSONField(default=list, help_text='Each with its day and the checksums before and after it.')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who')),
                ('partner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='partnership.partner', verbose_name='partner')),
                ('submission', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='editions', to='partnership.submission')),
            ],
            options={
                'verbose_name': 'edition',
                'verbose_name_plural': 'editions',
                'ordering': ['submission', '-number'],
                'default_permissions': ('view', 'add'),
                'constraints': [models.UniqueConstraint(fields=('submission', 'number'), name='partnership_edition_once')],
            },
        ),
        migrations.CreateModel(
            name='EditionFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40)),
                ('file', models.FileField(max_length=200, upload_to=partnership.models.award._edition_path)),
                ('sha256', models.CharField(max_length=64, verbose_name='SHA-256')),
                ('size', models.PositiveIntegerField()),
                ('edition', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='files', to='partnership.edition')),
            ],
            options={
                'ordering': ['name'],
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('edition', 'name'), name='partnership_editionfile_once')],
            },
        ),
        migrations.CreateModel(
            name='PrivateLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.CharField(help_text='An organisation, for example: the award’s secretariat. No person.', max_length=120, verbose_name='for whom')),
                ('expires_on', models.DateField(verbose_name='can be read until')),
                ('made_at', models.DateTimeField(auto_now_add=True)),
                ('revoked_at', models.DateTimeField(editable=False, null=True, verbose_name='revoked')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('edition', models.ForeignKey(blank=True, help_text='Empty for the dossier as it stands when it is read.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='private_links', to='partnership.edition', verbose_name='edition')),
                ('submission', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='private_links', to='partnership.submission')),
            ],
            options={
                'verbose_name': 'private link',
                'verbose_name_plural': 'private links',
                'ordering': ['-pk'],
                'default_permissions': ('add', 'view'),
            },
        ),
        migrations.AddField(
            model_name='claim',
            name='criteria',
            field=models.ManyToManyField(blank=True, related_name='claims', to='partnership.criterion', verbose_name='criteria that it speaks to'),
        ),
        migrations.RunPython(make_search_index, drop_search_index),
    ]
