"""The index holds words that the site itself cuts and stems, the same on each database, and staff keep synonyms."""

from django.db import migrations, models

TOKENS = "unicode61 remove_diacritics 2"


def remake(tokens):
    def act(apps, schema_editor):
        if schema_editor.connection.vendor == "sqlite":
            schema_editor.execute("DROP TABLE partnership_searchtext")
            schema_editor.execute(
                "CREATE VIRTUAL TABLE partnership_searchtext USING fts5("
                f"title, text, also, tokenize = \"{tokens}\", prefix = '2 3 4')"
            )

    return act


class Migration(migrations.Migration):

    dependencies = [
        ('partnership', '0030_files'),
    ]

    operations = [
        migrations.RunPython(remake(TOKENS), remake(f"porter {TOKENS}")),
        migrations.CreateModel(
            name='SearchWord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('word', models.CharField(max_length=60, unique=True)),
                ('written', models.CharField(max_length=60)),
                ('is_swedish', models.BooleanField(default=False)),
            ],
            options={'ordering': ['word'], 'default_permissions': ()},
        ),
        migrations.CreateModel(
            name='Synonyms',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=40, unique=True, verbose_name='code')),
                ('words', models.TextField(help_text='Separated by commas, in any language: library, libraries, bibliotek, biblioteek, laeborari.', max_length=1500, verbose_name='words')),
            ],
            options={
                'verbose_name': 'words that mean the same',
                'verbose_name_plural': 'words that mean the same',
                'ordering': ['code'],
            },
        ),
    ]
