import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pgmodern", "0001_initial")]

    operations = [
        migrations.AlterField("document", "body", models.TextField(db_default="")),
        migrations.AddField(
            model_name="document",
            name="pages",
            field=django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), db_default=[], size=None),
        ),
        migrations.AddField("document", "settings", models.JSONField(db_default={})),
        migrations.AddField(
            model_name="document",
            name="search",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.contrib.postgres.search.SearchVector("title", "body", config="english"),
                output_field=django.contrib.postgres.search.SearchVectorField(),
            ),
        ),
        migrations.AddIndex(
            "document",
            django.contrib.postgres.indexes.GinIndex(fields=["search"], name="pgmodern_document_search"),
        ),
    ]
