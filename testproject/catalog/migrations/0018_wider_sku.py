from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0017_foreign_price")]

    operations = [
        migrations.AlterField("product", "sku", models.CharField(max_length=32, unique=True)),
    ]
