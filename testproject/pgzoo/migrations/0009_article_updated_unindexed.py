import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("pgzoo", "0008_article_indexes")]

    operations = [
        RemoveIndexConcurrently("article", "pgzoo_article_updated"),
        AddIndexConcurrently(
            "reservation",
            django.contrib.postgres.indexes.GistIndex(
                fields=["during"], fillfactor=80, name="pgzoo_reservation_during"
            ),
        ),
    ]
