from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0003_order")]

    operations = [
        migrations.AlterField("product", "code", models.CharField(max_length=40)),
        migrations.AddIndex("product", models.Index(fields=["price"], name="shop_product_price")),
        migrations.AddConstraint("product", models.UniqueConstraint(fields=["code"], name="shop_product_code")),
    ]
