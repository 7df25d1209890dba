from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0009_membership_through")]

    operations = [
        migrations.AddField("membership", "role", models.CharField(default="member", max_length=20)),
        migrations.AddField("membership", "joined_on", models.DateField(blank=True, null=True)),
    ]
