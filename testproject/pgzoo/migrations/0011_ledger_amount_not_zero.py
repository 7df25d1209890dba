from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from testproject.compat import check_constraint


class Migration(migrations.Migration):
    dependencies = [("pgzoo", "0010_ledger")]

    operations = [
        AddConstraintNotValid("ledger", check_constraint(~models.Q(amount=0), "pgzoo_ledger_amount_not_zero")),
    ]
