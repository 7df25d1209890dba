from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("catalog", "0010_price_change")]

    operations = [
        migrations.AlterIndexTogether("pricechange", {("product", "changed_at"), ("changed_at", "price")}),
    ]
