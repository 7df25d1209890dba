import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0013_fill_product_slug")]

    operations = [
        migrations.AlterField("product", "slug", models.SlugField(max_length=200)),
        migrations.AlterUniqueTogether("product", {("category", "slug")}),
        migrations.AddField(
            "product",
            "created_at",
            models.DateTimeField(auto_now_add=True, default=django.utils.timezone.now),
            preserve_default=False,
        ),
    ]
