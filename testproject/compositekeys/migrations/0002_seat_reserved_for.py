from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("compositekeys", "0001_initial")]

    operations = [
        migrations.AddField("seat", "reserved_for", models.CharField(blank=True, default="", max_length=100)),
        migrations.AlterField("seat", "reserved_for", models.CharField(blank=True, max_length=100)),
        migrations.AlterField("seat", "row", models.CharField(max_length=3)),
    ]
