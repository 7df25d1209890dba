from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("pgzoo", "0012_validate_ledger_amount")]

    operations = [
        migrations.RunSQL(
            sql="ALTER TABLE public.pgzoo_ledger SET SCHEMA archive",
            reverse_sql="ALTER TABLE archive.pgzoo_ledger SET SCHEMA public",
        ),
    ]
