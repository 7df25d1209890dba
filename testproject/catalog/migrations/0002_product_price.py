from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]

    operations = [
        migrations.AddField("product", "price", models.FloatField(default=0)),
        migrations.AddField("product", "active", models.BooleanField(default=True)),
    ]
