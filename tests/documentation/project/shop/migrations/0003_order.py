from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0002_customer_email")]

    operations = [
        migrations.CreateModel(
            "Order",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("customer", models.ForeignKey("shop.customer", on_delete=models.CASCADE)),
                ("product", models.ForeignKey("shop.product", on_delete=models.CASCADE)),
            ],
        ),
        migrations.AddField("order", "note", models.CharField(default="", max_length=60)),
    ]
