import django.db.models.deletion
from django.db import migrations, models

ROOM_USE = """
CREATE MATERIALIZED VIEW pgzoo_room_use AS
SELECT room_id, count(*) AS reservations FROM pgzoo_reservation GROUP BY room_id
"""


class Migration(migrations.Migration):
    dependencies = [("pgzoo", "0015_comments")]

    operations = [
        migrations.RunSQL(
            sql="CREATE VIEW pgzoo_article_titles AS SELECT id, title FROM pgzoo_article",
            reverse_sql="DROP VIEW pgzoo_article_titles",
        ),
        migrations.RunSQL(ROOM_USE, "DROP MATERIALIZED VIEW pgzoo_room_use"),
        migrations.CreateModel(
            name="ArticleTitle",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("title", models.CharField(max_length=200)),
            ],
            options={"db_table": "pgzoo_article_titles", "managed": False},
        ),
        migrations.CreateModel(
            name="RoomUse",
            fields=[
                (
                    "room",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        serialize=False,
                        to="pgzoo.room",
                    ),
                ),
                ("reservations", models.BigIntegerField()),
            ],
            options={"db_table": "pgzoo_room_use", "managed": False},
        ),
    ]
