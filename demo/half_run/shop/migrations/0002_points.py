from django.db import migrations, models


def give_points(apps, schema_editor):
    users = apps.get_model("shop", "User").objects.using(schema_editor.connection.alias)
    users.update(points=models.F("points") + 10)


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]

    operations = [
        migrations.AddField("user", "points", models.IntegerField(default=0)),
        migrations.RunPython(give_points, migrations.RunPython.noop),
        migrations.AlterField("user", "email", models.EmailField(max_length=254, unique=True)),
        migrations.AddField("user", "since", models.DateField(null=True)),
    ]
