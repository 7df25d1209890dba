from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_invoice")]

    operations = [
        migrations.RenameModel("Item", "OrderLine"),
        migrations.AlterField("orderline", "quantity", models.PositiveIntegerField(default=1)),
    ]
