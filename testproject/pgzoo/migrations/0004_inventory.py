import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0009_big_ids"), ("pgzoo", "0003_room_article")]

    operations = [
        migrations.CreateModel(
            name="Stock",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.CharField(max_length=20)),
                ("quantity", models.PositiveIntegerField(default=0)),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="catalog.product"
                    ),
                ),
            ],
            options={"db_table": 'inventory"."stock'},
        ),
        migrations.CreateModel(
            name="Movement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("change", models.IntegerField()),
                ("stock", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="pgzoo.stock")),
            ],
            options={"db_table": 'inventory"."movement'},
        ),
        migrations.AddIndex("stock", models.Index(fields=["quantity"], name="stock_quantity")),
        migrations.AddConstraint(
            "stock", models.UniqueConstraint(fields=("product", "place"), name="stock_once_in_a_place")
        ),
    ]
