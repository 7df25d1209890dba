from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("catalog", "0014_product_slug_required")]

    operations = [
        migrations.RenameIndex(
            model_name="pricechange",
            new_name="catalog_pricechange_history",
            old_fields=("product", "changed_at"),
        ),
        migrations.RenameIndex(
            model_name="pricechange",
            new_name="catalog_pricechange_by_date",
            old_fields=("changed_at", "price"),
        ),
        migrations.RenameIndex(
            model_name="pricechange",
            new_name="catalog_pricechange_by_day",
            old_name="catalog_pricechange_by_date",
        ),
    ]
