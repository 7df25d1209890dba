import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0016_product_rules")]

    operations = [
        migrations.CreateModel(
            name="Currency",
            fields=[
                ("code", models.CharField(max_length=3, primary_key=True, serialize=False)),
                ("digits", models.PositiveSmallIntegerField(default=2)),
            ],
            options={"verbose_name_plural": "currencies"},
        ),
        migrations.CreateModel(
            name="ForeignPrice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount", models.DecimalField(decimal_places=3, max_digits=12)),
                (
                    "currency",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="catalog.currency"),
                ),
                (
                    "product",
                    models.ForeignKey(
                        db_column="product_sku",
                        on_delete=django.db.models.deletion.CASCADE,
                        to="catalog.product",
                        to_field="sku",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="foreignprice",
            constraint=models.UniqueConstraint(fields=("product", "currency"), name="catalog_foreignprice_once"),
        ),
    ]
