from django.db import migrations, models
from django.db.models.functions import Upper

from testproject.compat import check_constraint


class Migration(migrations.Migration):
    dependencies = [("catalog", "0015_rename_index_together")]

    operations = [
        migrations.AddIndex(
            model_name="product",
            index=models.Index(condition=models.Q(active=True), fields=["name"], name="catalog_product_active"),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(Upper("name"), name="catalog_product_upper_name"),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(fields=["-created_at"], name="catalog_product_newest"),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=check_constraint(models.Q(price__gte=0), "catalog_product_price_not_negative"),
        ),
    ]
