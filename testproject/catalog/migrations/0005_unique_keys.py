from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0004_number_category_slugs")]

    operations = [
        migrations.AlterField("category", "slug", models.SlugField(max_length=100, unique=True)),
        migrations.AlterField("product", "sku", models.CharField(max_length=20, unique=True)),
        migrations.AlterField("product", "price", models.DecimalField(decimal_places=2, max_digits=10)),
    ]
