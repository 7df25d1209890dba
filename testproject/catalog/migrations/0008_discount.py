from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0007_rename_label_to_tag")]

    operations = [
        migrations.CreateModel(
            name="Discount",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=20, unique=True)),
                ("percent", models.PositiveSmallIntegerField()),
            ],
        ),
    ]
