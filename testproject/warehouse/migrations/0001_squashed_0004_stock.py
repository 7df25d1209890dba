import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    # The four files are gone; databases that ran them still know them by these names.
    replaces = [
        ("warehouse", "0001_initial"),
        ("warehouse", "0002_bin"),
        ("warehouse", "0003_bin_level"),
        ("warehouse", "0004_stock"),
    ]

    initial = True

    dependencies = [
        ("catalog", "0009_big_ids"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Warehouse",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=10, unique=True)),
                ("name", models.CharField(max_length=100)),
                ("managers", models.ManyToManyField(blank=True, to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name="Bin",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("row", models.PositiveSmallIntegerField()),
                ("level", models.PositiveSmallIntegerField(default=0)),
                (
                    "warehouse",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="warehouse.warehouse"),
                ),
            ],
            options={"unique_together": {("warehouse", "row", "level")}},
        ),
        migrations.CreateModel(
            name="Stock",
            fields=[
                (
                    "product",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        to="catalog.product",
                    ),
                ),
                ("quantity", models.PositiveIntegerField(default=0)),
                (
                    "bin",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to="warehouse.bin"),
                ),
            ],
        ),
    ]
