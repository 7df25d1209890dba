from django.db import migrations, models


def tell(apps, schema_editor):
    alias = schema_editor.connection.alias
    events = apps.get_model("orders", "OrderEvent").objects.using(alias)
    for order in apps.get_model("orders", "Order").objects.using(alias).iterator(chunk_size=500):
        events.get_or_create(order_id=order.pk, kind="placed", defaults={"happened_at": order.placed_at})


class Migration(migrations.Migration):
    # Row by row over all orders: one transaction would hold its locks for too long.
    atomic = False

    dependencies = [("orders", "0013_order_event")]

    operations = [
        migrations.RunPython(tell, migrations.RunPython.noop, elidable=True),
        migrations.AddIndex("order", models.Index(fields=["user", "status"], name="orders_order_user_status")),
    ]
