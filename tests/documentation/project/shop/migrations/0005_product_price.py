from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0004_product_code")]

    operations = [
        migrations.AddConstraint(
            "product", models.CheckConstraint(condition=models.Q(price__gte=0), name="shop_product_price_positive")
        ),
    ]
