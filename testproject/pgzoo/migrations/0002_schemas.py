from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("pgzoo", "0001_extensions")]

    operations = [
        migrations.RunSQL("CREATE SCHEMA inventory", "DROP SCHEMA inventory"),
        migrations.RunSQL("CREATE SCHEMA archive", "DROP SCHEMA archive"),
    ]
