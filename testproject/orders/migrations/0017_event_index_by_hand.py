from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0016_order_known_status")]

    operations = [
        migrations.RunSQL(
            sql="CREATE INDEX orders_orderevent_recent ON orders_orderevent (happened_at, kind)",
            # Not for MySQL, where DROP INDEX needs the table's name as well.
            reverse_sql="DROP INDEX orders_orderevent_recent",
        ),
    ]
