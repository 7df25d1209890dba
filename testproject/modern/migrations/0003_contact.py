import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("modern", "0002_subscription_defaults")]

    operations = [
        migrations.AlterField("subscription", "seats", models.IntegerField(db_default=3)),
        migrations.CreateModel(
            name="Contact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("first_name", models.CharField(max_length=60)),
                ("last_name", models.CharField(max_length=60)),
            ],
        ),
        migrations.AddField(
            model_name="contact",
            name="sort_name",
            field=models.GeneratedField(
                db_index=True,
                db_persist=True,
                expression=django.db.models.functions.text.Upper("last_name"),
                output_field=models.CharField(max_length=60),
            ),
        ),
    ]
