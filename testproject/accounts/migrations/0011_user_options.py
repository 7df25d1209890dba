from django.db import migrations

import testproject.accounts.models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0010_membership_role")]

    operations = [
        migrations.AlterModelOptions(name="user", options={"ordering": ["username"], "verbose_name": "customer"}),
        migrations.AlterModelManagers(
            name="user",
            managers=[("objects", testproject.accounts.models.ShopUserManager())],
        ),
        migrations.CreateModel(
            name="StaffMember",
            fields=[],
            options={"proxy": True, "indexes": [], "constraints": [], "verbose_name": "staff member"},
            bases=("accounts.user",),
            managers=[("objects", testproject.accounts.models.ShopUserManager())],
        ),
    ]
