import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """The database itself clears a basket's lines from now on."""

    dependencies = [("dbcascade", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="basketline",
            name="basket",
            field=models.ForeignKey(on_delete=django.db.models.deletion.DB_CASCADE, to="dbcascade.basket"),
        ),
    ]
