import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """The other half of shipping.0001: the table stays, and so do the columns that point at it."""

    dependencies = [("orders", "0010_order_note"), ("shipping", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="parcel",
                    name="shipment",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="parcels", to="shipping.shipment"
                    ),
                ),
                migrations.DeleteModel("Shipment"),
            ],
        ),
    ]
