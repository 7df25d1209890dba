import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Hall",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60)),
            ],
        ),
        migrations.CreateModel(
            name="Seat",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "hall", "row", "number", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("row", models.CharField(max_length=2)),
                ("number", models.PositiveSmallIntegerField()),
                ("hall", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="compositekeys.hall")),
            ],
        ),
    ]
