from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0002_product_price")]

    operations = [
        migrations.AddField("category", "slug", models.SlugField(max_length=100, default="")),
        migrations.AlterField("product", "description", models.TextField(blank=True)),
    ]
