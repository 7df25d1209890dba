import django.contrib.postgres.indexes
from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import Upper


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("pgzoo", "0007_article_mood")]

    operations = [
        AddIndexConcurrently(
            "article",
            django.contrib.postgres.indexes.GinIndex(
                fields=["body"], name="pgzoo_article_body_trgm", opclasses=["gin_trgm_ops"]
            ),
        ),
        AddIndexConcurrently(
            "article",
            django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(Upper("body"), name="gin_trgm_ops"),
                name="pgzoo_article_upper_trgm",
            ),
        ),
        AddIndexConcurrently(
            "article",
            django.contrib.postgres.indexes.GinIndex(fields=["labels"], name="pgzoo_article_labels"),
        ),
        AddIndexConcurrently(
            "article",
            django.contrib.postgres.indexes.BrinIndex(
                fields=["created_at"], name="pgzoo_article_created_brin", pages_per_range=64
            ),
        ),
        AddIndexConcurrently(
            "article",
            django.contrib.postgres.indexes.HashIndex(fields=["body"], name="pgzoo_article_body_hash"),
        ),
        AddIndexConcurrently(
            "article",
            models.Index(fields=["updated_at"], name="pgzoo_article_updated"),
        ),
        AddIndexConcurrently(
            "article",
            models.Index(
                condition=models.Q(("mood__isnull", False)),
                db_tablespace=settings.PGZOO_TABLESPACE,
                fields=["created_at"],
                include=("title", "mood"),
                name="pgzoo_article_covering",
            ),
        ),
    ]
