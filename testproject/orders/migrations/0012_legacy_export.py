from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0011_shipment_moves_to_shipping")]

    operations = [
        migrations.RunSQL(
            sql="CREATE TABLE legacy_export (number varchar(20) NOT NULL PRIMARY KEY, exported_on date NOT NULL)",
            reverse_sql="DROP TABLE legacy_export",
        ),
        migrations.CreateModel(
            name="LegacyExport",
            fields=[
                ("number", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("exported_on", models.DateField()),
            ],
            options={"db_table": "legacy_export", "managed": False},
        ),
    ]
