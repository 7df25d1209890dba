from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("pgzoo", "0011_ledger_amount_not_zero")]

    operations = [ValidateConstraint("ledger", "pgzoo_ledger_amount_not_zero")]
