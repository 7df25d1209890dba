"""An AlterField that takes an index away asks the database for it, and drops what it finds over that column."""

from __future__ import annotations

import pytest

from tests.location.cases import ID, LOST_RECORDS, MakeCase, history

INDEXED = f'migrations.CreateModel("Shelf", [{ID}, ("code", models.IntegerField(db_index=True))]),'
BARE = 'migrations.AlterField("shelf", "code", models.IntegerField()),'
HISTORIES = {
    "made by SQL": history(
        INDEXED,
        'migrations.RunSQL("CREATE INDEX by_sql ON shop_shelf (code)"),',
        BARE,
        'migrations.RunSQL("SELECT 1"),',
    ),
    "left behind by the migration that made it": history(
        INDEXED + BARE,
        'migrations.RenameField("shelf", "code", "number"),',
        'migrations.AlterField("shelf", "number", models.IntegerField(db_index=True)),',
        'migrations.AlterField("shelf", "number", models.IntegerField()),',
    ),
    "one for LIKE, which comes again": history(
        f'migrations.CreateModel("Shelf", [{ID}, ("code", models.CharField(max_length=9, db_index=True))]),',
        'migrations.AlterField("shelf", "code", models.CharField(max_length=9, unique=True)),',
    ),
    "beside one of the model's own": history(
        INDEXED,
        'migrations.AddIndex("shelf", models.Index(fields=["code"], name="spared")),',
        BARE,
    ),
    "a unique index under a condition": history(
        INDEXED,
        """
        migrations.AddConstraint("shelf", models.UniqueConstraint(
            fields=["code"], condition=models.Q(code__gt=0), name="lost")),
        """,
        BARE,
    ),
}


@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES)
def test_what_is_left_is_in_sync(case: MakeCase, history: dict[str, str]) -> None:
    clean = case(history, last=0)
    for last in range(1, len(history) + 1):
        clean.migrate(last)
        assert (clean.loud(), clean.report()["plan"]) == ([], [])

    wanted = clean.dump()
    clean.run(LOST_RECORDS)
    clean.reconcile()
    clean.migrate()
    assert (clean.verdict(), clean.dump()) == ("in_sync", wanted)
