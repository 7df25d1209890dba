import django.db.models.constraints
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pgzoo", "0009_article_updated_unindexed")]

    operations = [
        migrations.CreateModel(
            name="Ledger",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("book", models.CharField(max_length=20)),
                ("position", models.PositiveIntegerField()),
                ("amount", models.DecimalField(decimal_places=2, max_digits=12)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                        fields=("book", "position"),
                        name="pgzoo_ledger_position",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("amount__lt", 0)),
                        fields=("book", "amount"),
                        include=("position",),
                        name="pgzoo_ledger_one_refund",
                    ),
                ]
            },
        ),
    ]
