from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('partnership', '0054_newest_change'),
        ('projects', "0012_output_inferences"),
    ]

    operations = [
        migrations.AddIndex(
            model_name='project',
            index=models.Index(fields=['modified_at'], name='projects_project_changed'),
        ),
    ]
