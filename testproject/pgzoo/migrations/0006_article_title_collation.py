import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pgzoo", "0005_article_search")]

    operations = [
        migrations.AlterField(
            "article", "title", models.CharField(db_collation="case_insensitive", max_length=200, unique=True)
        ),
        migrations.AlterField(
            model_name="article",
            name="labels",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="article",
            name="matrix",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None),
                null=True,
                size=None,
            ),
        ),
    ]
