from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("partnership", "0022_reconfirming")]

    operations = [migrations.RenameField("contributionfile", "found", "format")]
