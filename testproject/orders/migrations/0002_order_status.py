from django.db import migrations, models

STATUSES = [("new", "new"), ("paid", "paid"), ("sent", "sent")]


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]

    operations = [
        migrations.AddField("order", "status", models.CharField(choices=STATUSES, default="new", max_length=10)),
        migrations.AlterField("order", "number", models.CharField(max_length=20, unique=True)),
        migrations.AlterField("order", "placed_at", models.DateTimeField(db_index=True)),
        migrations.AlterField("order", "total", models.DecimalField(decimal_places=2, max_digits=12)),
    ]
