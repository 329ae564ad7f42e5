"""Colleagues who wish hear of what was sent in."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('partnership', '0018_following'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='inbox_notice_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='user',
            name='wants_inbox_notices',
            field=models.BooleanField(default=False, editable=False, verbose_name='hears of what was sent in'),
        ),
    ]
