from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_address_team")]

    operations = [
        migrations.AddField("user", "nickname", models.CharField(max_length=30, null=True)),
    ]
