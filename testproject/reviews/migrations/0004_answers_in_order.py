from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reviews", "0003_item_reviews_to_products")]

    operations = [
        migrations.AlterOrderWithRespectTo("answer", "review"),
        migrations.AlterModelOptions("review", {}),
        migrations.AlterField("review", "text", models.TextField()),
        migrations.AlterField("review", "object_id", models.PositiveBigIntegerField()),
    ]
