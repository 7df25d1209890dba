from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_rename_nickname_to_display_name")]

    operations = [
        migrations.AlterField("profile", "bio", models.TextField(blank=True)),
        migrations.RemoveField("profile", "newsletter"),
    ]
