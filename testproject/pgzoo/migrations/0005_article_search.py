import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.db import migrations

FILL_SEARCH = """
CREATE TRIGGER pgzoo_article_search BEFORE INSERT OR UPDATE ON pgzoo_article
FOR EACH ROW EXECUTE FUNCTION tsvector_update_trigger(search, 'pg_catalog.simple', title, body)
"""

TOUCH = """
CREATE FUNCTION pgzoo_touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$
"""

TOUCH_TRIGGER = """
CREATE TRIGGER pgzoo_article_touch BEFORE UPDATE ON pgzoo_article FOR EACH ROW EXECUTE FUNCTION pgzoo_touch()
"""


class Migration(migrations.Migration):
    dependencies = [("pgzoo", "0004_inventory")]

    operations = [
        migrations.AddField("article", "search", django.contrib.postgres.search.SearchVectorField(null=True)),
        migrations.AddIndex(
            "article",
            django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=["search"], name="pgzoo_article_search"),
        ),
        migrations.RunSQL(FILL_SEARCH, "DROP TRIGGER pgzoo_article_search ON pgzoo_article"),
        migrations.RunSQL(TOUCH, "DROP FUNCTION pgzoo_touch()"),
        migrations.RunSQL(TOUCH_TRIGGER, "DROP TRIGGER pgzoo_article_touch ON pgzoo_article"),
    ]
