from django.db import migrations


def move(apps, schema_editor):
    """Reviews of single order items were a mistake: they become reviews of the product."""
    alias = schema_editor.connection.alias
    types = apps.get_model("contenttypes", "ContentType").objects.using(alias)
    items = apps.get_model("orders", "Item").objects.using(alias)
    reviews = apps.get_model("reviews", "Review").objects.using(alias)
    for review in reviews.filter(content_type__in=types.filter(app_label="orders", model="item")):
        review.content_type, _ = types.get_or_create(app_label="catalog", model="product")
        review.object_id = items.get(pk=review.object_id).product_id
        review.save()


class Migration(migrations.Migration):
    dependencies = [("reviews", "0002_vote"), ("orders", "0003_invoice")]

    # It looks for items, which orders.0004 renames.
    run_before = [("orders", "0004_rename_item_to_orderline")]

    operations = [migrations.RunPython(move, migrations.RunPython.noop)]
