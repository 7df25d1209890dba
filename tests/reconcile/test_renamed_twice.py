"""A column that somebody renamed, and that a migration which stopped half way renames as well."""

from __future__ import annotations

import pytest

from tests.location.cases import ID, MakeCase, history

HISTORY = history(
    f'migrations.CreateModel("Shelf", [{ID}, ("code", models.IntegerField(null=True, db_column="before"))]),',
    """
    migrations.AddField("shelf", "more", models.IntegerField(null=True)),
    migrations.AddIndex("shelf", models.Index(fields=["code"], name="made_between")),
    migrations.AlterField("shelf", "code", models.BigIntegerField(null=True, db_column="after")),
    """,
)


@pytest.mark.parametrize("more", ["ALTER TABLE shop_shelf ADD COLUMN more integer NULL;", ""], ids=["half", "pending"])
def test_it_has_the_last_name_in_the_end(case: MakeCase, more: str) -> None:
    clean = case(HISTORY)
    wanted = clean.dump()
    clean.manage("migrate", "shop", "0001").expect(0)
    clean.run("INSERT INTO shop_shelf (before) VALUES (7);", more or "SELECT 1;")
    clean.run("ALTER TABLE shop_shelf RENAME COLUMN before TO strange")

    clean.reconcile("--on-conflict", "alter")
    clean.migrate()
    assert (clean.verdict(), clean.dump()) == ("in_sync", wanted)
    assert clean.database.execute('SELECT "after" FROM shop_shelf') == [(7,)]
