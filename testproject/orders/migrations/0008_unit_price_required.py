from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0007_fill_unit_price")]

    operations = [
        migrations.AlterField("orderline", "unit_price", models.DecimalField(decimal_places=2, max_digits=10)),
        migrations.AddConstraint(
            "orderline",
            models.UniqueConstraint(fields=("order", "product"), name="orders_orderline_product_once"),
        ),
    ]
