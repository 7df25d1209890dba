from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("warehouse", "0001_squashed_0004_stock")]

    operations = [
        migrations.AddField("stock", "counted_on", models.DateField(null=True)),
        migrations.AddField("stock", "reorder_at", models.PositiveIntegerField(default=0)),
        migrations.AlterModelOptions("stock", {"verbose_name_plural": "stock"}),
    ]
