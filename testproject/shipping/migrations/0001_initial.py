import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """orders.Shipment becomes shipping.Shipment; the table stays what and where it is."""

    initial = True

    dependencies = [("orders", "0010_order_note")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="Shipment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("carrier", models.CharField(max_length=40)),
                        ("tracking", models.CharField(blank=True, max_length=60)),
                        (
                            "order",
                            models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="orders.order"),
                        ),
                    ],
                    options={"db_table": "orders_shipment"},
                ),
            ],
        ),
    ]
