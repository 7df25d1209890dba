from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pgmodern", "0002_document_search")]

    operations = [
        migrations.AddConstraint(
            "locker",
            models.UniqueConstraint(fields=("hall", "number"), name="pgmodern_locker_once", nulls_distinct=False),
        ),
    ]
