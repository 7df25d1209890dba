from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0009_big_ids")]

    operations = [
        migrations.RunSQL(
            sql="ALTER TABLE orders_order ADD COLUMN note varchar(200) NULL",
            reverse_sql="ALTER TABLE orders_order DROP COLUMN note",
            state_operations=[
                migrations.AddField("order", "note", models.CharField(blank=True, max_length=200, null=True)),
            ],
        ),
    ]
