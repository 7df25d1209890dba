from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_fill_nickname")]

    operations = [
        migrations.AlterField("user", "nickname", models.CharField(max_length=30)),
    ]
