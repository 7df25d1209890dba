import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Subscription",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("plan", models.CharField(db_default="basic", max_length=20)),
                ("seats", models.IntegerField()),
                ("started_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("net", models.DecimalField(decimal_places=2, max_digits=8)),
                ("vat", models.DecimalField(db_default=0, decimal_places=2, max_digits=8)),
                (
                    "gross",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.F("net") + models.F("vat"),
                        output_field=models.DecimalField(decimal_places=2, max_digits=9),
                    ),
                ),
            ],
        ),
    ]
