from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pgzoo", "0014_event_partitions")]

    operations = [
        migrations.AlterModelTableComment("article", "What the shop writes about its goods"),
        migrations.AlterField("article", "body", models.TextField(db_comment='Markdown; "raw" HTML isn\'t allowed')),
    ]
