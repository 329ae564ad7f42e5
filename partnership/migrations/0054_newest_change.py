from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('partnership', '0053_versions_of_tables'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='source',
            index=models.Index(fields=['modified_at'], name='partnership_source_changed'),
        ),
    ]
