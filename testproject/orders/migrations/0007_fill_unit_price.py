from django.db import migrations
from django.db.models import OuterRef, Subquery


def fill(apps, schema_editor):
    alias = schema_editor.connection.alias
    lines = apps.get_model("orders", "OrderLine").objects.using(alias)
    products = apps.get_model("catalog", "Product").objects.using(alias)
    price = products.filter(pk=OuterRef("product_id")).values("price")[:1]
    lines.filter(unit_price=None).update(unit_price=Subquery(price))


class Migration(migrations.Migration):
    dependencies = [("orders", "0006_orderline_unit_price")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
