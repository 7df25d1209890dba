from django.db import migrations

import testproject.pgzoo.fields


class Migration(migrations.Migration):
    dependencies = [("pgzoo", "0006_article_title_collation")]

    operations = [
        migrations.RunSQL("CREATE TYPE pgzoo_mood AS ENUM ('dry', 'glad', 'proud')", "DROP TYPE pgzoo_mood"),
        migrations.RunSQL(
            sql="ALTER TABLE pgzoo_article ADD COLUMN mood pgzoo_mood",
            reverse_sql="ALTER TABLE pgzoo_article DROP COLUMN mood",
            state_operations=[
                migrations.AddField("article", "mood", testproject.pgzoo.fields.MoodField(max_length=10, null=True)),
            ],
        ),
        migrations.AddField(
            "article", "reference", testproject.pgzoo.fields.CaseInsensitiveTextField(null=True, unique=True)
        ),
    ]
