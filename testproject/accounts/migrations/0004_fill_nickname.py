from django.db import migrations
from django.db.models import F
from django.db.models.functions import Substr


def fill(apps, schema_editor):
    users = apps.get_model("accounts", "User")._base_manager.using(schema_editor.connection.alias)
    users.filter(nickname=None).update(nickname=Substr(F("username"), 1, 30))


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_user_nickname")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
