from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('partnership', '0054_newest_change'),
        ('projects', '0013_newest_change'),
        ('visits', '0024_output_inference_rights'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='visit',
            index=models.Index(fields=['modified_at'], name='visits_visit_changed'),
        ),
    ]
