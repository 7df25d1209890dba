from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0008_discount")]

    operations = [
        *(
            migrations.AlterField(
                model_name=name,
                name="id",
                field=models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            )
            for name in ("category", "tag", "product")
        ),
        migrations.AlterField("product", "in_stock", models.BigIntegerField(default=0)),
    ]
