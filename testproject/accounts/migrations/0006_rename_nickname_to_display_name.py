from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_nickname_required")]

    operations = [
        migrations.RenameField("user", "nickname", "display_name"),
        migrations.AlterField("user", "display_name", models.CharField(max_length=150)),
    ]
