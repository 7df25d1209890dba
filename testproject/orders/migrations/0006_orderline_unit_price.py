from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0005_parcel")]

    operations = [
        migrations.AddField("orderline", "unit_price", models.DecimalField(decimal_places=2, max_digits=10, null=True)),
    ]
