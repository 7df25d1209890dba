from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0008_unit_price_required")]

    operations = [
        migrations.AlterField(
            model_name=name,
            name="id",
            field=models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
        )
        for name in ("order", "orderline", "shipment", "invoice", "taxinvoice", "payment", "parcel")
    ]
