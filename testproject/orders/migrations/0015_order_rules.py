from django.db import migrations, models

STATUSES = [("new", "new"), ("paid", "paid"), ("sent", "sent"), ("closed", "closed")]


class Migration(migrations.Migration):
    dependencies = [("orders", "0014_order_events_from_status")]

    operations = [
        migrations.RunSQL("UPDATE orders_order SET status = 'new' WHERE status = ''", migrations.RunSQL.noop),
        migrations.AlterField("order", "status", models.CharField(choices=STATUSES, default="new", max_length=10)),
        migrations.AlterModelOptions(
            "order",
            {"get_latest_by": "placed_at", "permissions": [("close_order", "Can close an order")]},
        ),
        migrations.AlterField(
            model_name="order",
            name="total",
            field=models.DecimalField(
                db_comment="Without shipping, in the shop's currency", decimal_places=2, max_digits=12
            ),
        ),
    ]
