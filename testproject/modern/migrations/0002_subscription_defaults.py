from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("modern", "0001_initial")]

    operations = [
        migrations.AlterField("subscription", "seats", models.IntegerField(db_default=1)),
        migrations.AddField("subscription", "cancelled", models.BooleanField(db_default=False)),
    ]
