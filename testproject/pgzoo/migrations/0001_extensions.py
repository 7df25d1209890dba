from django.contrib.postgres.operations import (
    BtreeGistExtension,
    CITextExtension,
    HStoreExtension,
    TrigramExtension,
)
from django.db import migrations

from testproject.pgzoo.operations import CreatePortableCollation


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        BtreeGistExtension(),
        CITextExtension(),
        HStoreExtension(),
        TrigramExtension(),
        CreatePortableCollation("case_insensitive", provider="icu", locale="und-u-ks-level2", deterministic=False),
    ]
