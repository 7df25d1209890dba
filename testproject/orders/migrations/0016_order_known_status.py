from django.db import migrations, models

from testproject.compat import check_constraint


class Migration(migrations.Migration):
    dependencies = [("orders", "0015_order_rules")]

    operations = [
        migrations.AddConstraint(
            "order",
            check_constraint(models.Q(status__in=["new", "paid", "sent", "closed"]), "orders_order_known_status"),
        ),
    ]
