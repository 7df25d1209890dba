from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("catalog", "0019_image_digital_product")]

    operations = [
        migrations.AlterModelTable("category", "catalog_tree"),
        migrations.AlterModelOptions("category", {"verbose_name_plural": "categories"}),
    ]
