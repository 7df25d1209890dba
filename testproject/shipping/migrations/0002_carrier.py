import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0011_shipment_moves_to_shipping"), ("shipping", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Carrier",
            fields=[
                ("code", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=80)),
            ],
        ),
        migrations.AddField(
            model_name="shipment",
            name="sent_with",
            field=models.ForeignKey(
                db_column="carrier_code",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="shipping.carrier",
            ),
        ),
    ]
