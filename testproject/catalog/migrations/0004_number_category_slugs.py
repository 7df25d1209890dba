from django.db import migrations


def number(apps, schema_editor):
    categories = apps.get_model("catalog", "Category").objects.using(schema_editor.connection.alias)
    for category in categories.filter(slug=""):
        category.slug = f"category-{category.pk}"
        category.save(update_fields=["slug"])


class Migration(migrations.Migration):
    dependencies = [("catalog", "0003_category_slug")]

    operations = [migrations.RunPython(number, migrations.RunPython.noop)]
