from django.db import migrations
from django.db.models import F
from django.db.models.functions import Lower


def fill(apps, schema_editor):
    products = apps.get_model("catalog", "Product").objects.using(schema_editor.connection.alias)
    products.filter(slug=None).update(slug=Lower(F("sku")))


class Migration(migrations.Migration):
    dependencies = [("catalog", "0012_product_slug")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
