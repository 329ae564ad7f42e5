"""Followers are asked again after some years."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('partnership', '0021_evidence_to_the_sentence'),
    ]

    operations = [
        migrations.AddField(
            model_name='follower',
            name='reconfirmed_at',
            field=models.DateTimeField(null=True),
        ),
    ]
