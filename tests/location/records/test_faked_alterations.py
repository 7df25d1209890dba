"""Alterations that were faked are done afterwards, with what hangs on them, and as Django would have done them."""

from __future__ import annotations

from tests.location.cases import ID, OWNER, MakeCase, history

TAG = f"""
    migrations.CreateModel("Tag", [
        {ID},
        ("name", models.CharField(max_length=9, unique=True)),
        ("slug", models.CharField(max_length=9, db_index=True)),
    ]),
"""
FREE = """
    migrations.AlterField("tag", "name", models.CharField(max_length=9)),
    migrations.AlterField("tag", "slug", models.CharField(max_length=9)),
"""
ANSWER = f"""
    {OWNER}
    migrations.CreateModel("Answer", [{ID}, ("owner", models.ForeignKey("shop.owner", models.CASCADE))]),
"""
ORDERED = 'migrations.AlterOrderWithRespectTo("answer", "owner"),'


def test_what_is_not_unique_and_not_indexed_any_more(case: MakeCase) -> None:
    """On SQLite the first of the two makes the table anew, and the index is gone with it. On PostgreSQL an index for
    LIKE goes with each of them."""
    made = history(TAG, FREE, 'migrations.AlterModelOptions("tag", {"ordering": ["name"]}),')
    clean = case(made).dump()
    tag = case(made, last=1)
    tag.run("INSERT INTO shop_tag (name, slug) VALUES ('a', 'b')")
    tag.manage("migrate", "shop", "--fake", "--verbosity", "0").expect(0)

    assert not any("None" in each["message"] for each in tag.loud())
    tag.reconcile("--on-conflict", "alter")
    tag.migrate()

    assert tag.dump() == clean
    assert tag.database.execute("SELECT name, slug FROM shop_tag") == [("a", "b")]


def test_an_order_gives_its_rows_a_place(case: MakeCase) -> None:
    """Django's operation gives 0 to the rows that are there, which no field of a migration says."""
    made = history(ANSWER, ORDERED)
    answer = case(made)
    answer.run(
        "INSERT INTO shop_owner (name) VALUES ('o')",
        "INSERT INTO shop_answer (owner_id, _order) VALUES (1, 5)",
        "ALTER TABLE shop_answer DROP COLUMN _order",
    )
    answer.reconcile()
    assert answer.verdict() == "in_sync"
    assert answer.database.execute("SELECT _order FROM shop_answer") == [(0,)]


def test_a_conflict_is_mended_before_the_rest_of_its_migration_comes(case: MakeCase) -> None:
    """On SQLite the table is made anew for the conflict, without the columns that are still to come."""
    more = """
        migrations.AddField("tag", "size", models.IntegerField(default=3)),
        migrations.AddField("tag", "note", models.CharField(max_length=9, null=True)),
        migrations.AddField("tag", "more", models.CharField(max_length=9, null=True, db_index=True)),
    """
    made = history(TAG, more)
    tag = case(made, last=1)
    tag.run(
        "INSERT INTO shop_tag (name, slug) VALUES ('a', 'b')",
        "ALTER TABLE shop_tag ADD size varchar(10) NULL",
        "ALTER TABLE shop_tag ADD more varchar(9) NULL",
        "UPDATE shop_tag SET size = '7', more = 'm'",
    )
    tag.reconcile("--on-conflict", "alter")

    assert tag.verdict() == "in_sync"
    assert tag.database.execute("SELECT name, size, note, more FROM shop_tag") == [("a", 7, None, "m")]
