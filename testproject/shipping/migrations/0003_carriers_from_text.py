from django.db import migrations


def link(apps, schema_editor):
    alias = schema_editor.connection.alias
    carriers = apps.get_model("shipping", "Carrier").objects.using(alias)
    shipments = apps.get_model("shipping", "Shipment").objects.using(alias)
    for name in shipments.filter(sent_with=None).values_list("carrier", flat=True).distinct():
        carrier, _ = carriers.get_or_create(code=name.lower()[:20], defaults={"name": name})
        shipments.filter(carrier=name).update(sent_with=carrier)


class Migration(migrations.Migration):
    dependencies = [("shipping", "0002_carrier")]

    operations = [migrations.RunPython(link, migrations.RunPython.noop)]
