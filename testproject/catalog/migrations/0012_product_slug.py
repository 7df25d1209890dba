from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0011_price_change_by_day")]

    operations = [
        migrations.AddField("product", "slug", models.SlugField(max_length=200, null=True)),
    ]
