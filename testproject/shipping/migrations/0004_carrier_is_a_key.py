from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("shipping", "0003_carriers_from_text")]

    operations = [
        migrations.RemoveField("shipment", "carrier"),
        migrations.RenameField("shipment", "sent_with", "carrier"),
    ]
