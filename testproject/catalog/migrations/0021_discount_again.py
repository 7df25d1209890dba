import django.db.models.deletion
from django.db import migrations, models

from testproject.compat import check_constraint


class Migration(migrations.Migration):
    """Discounts come back (0008 made them, 0010 dropped them), now for one product and some days."""

    dependencies = [("catalog", "0020_category_tree")]

    operations = [
        migrations.CreateModel(
            name="Discount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=8)),
                ("starts", models.DateField()),
                ("ends", models.DateField()),
                (
                    "product",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="catalog.product"),
                ),
            ],
            options={
                "constraints": [
                    check_constraint(models.Q(ends__gte=models.F("starts")), "catalog_discount_ends_after_start")
                ]
            },
        ),
    ]
