from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("catalog", "0006_supplier")]

    operations = [
        migrations.RenameModel("Label", "Tag"),
        migrations.RenameField("product", "labels", "tags"),
    ]
