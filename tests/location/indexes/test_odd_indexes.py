"""Indexes that Django makes, keeps or forgets in its own way."""

from __future__ import annotations

import pytest

from tests.location.cases import ID, LOST_RECORDS, OWNER, History, MakeCase, history
from tests.location.odd_histories import INDEXES_TAKEN_BACK

on_postgresql = pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
on_sqlite = pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)


@on_postgresql
def test_an_index_that_stayed_is_made_again(case: MakeCase) -> None:
    shelf = case(INDEXES_TAKEN_BACK)
    clean = shelf.dump()
    over_shelf = "SELECT indexname FROM pg_indexes WHERE tablename = 'shop_shelf' AND indexdef NOT LIKE '%UNIQUE%'"
    stayed = [name for (name,) in shelf.database.execute(over_shelf)]
    shelf.run(*(f'DROP INDEX "{name}"' for name in stayed))

    shelf.reconcile()

    assert len(stayed) >= 6
    assert shelf.dump() == clean


@on_postgresql
@pytest.mark.parametrize("squash", [True, False])
def test_a_squash_and_what_it_replaces_need_not_leave_the_same(case: MakeCase, squash: bool) -> None:
    """Run one by one, the first of the replaced migrations makes its indexes and keys, and the second drops them."""
    whole = INDEXES_TAKEN_BACK["0001_step"]
    made, altered = whole.split("        migrations.AlterField", 1)
    one_by_one = {
        "0001_step": f"{made}    ]\n",
        "0002_step": history("", f"migrations.AlterField{altered.rpartition(']')[0]}")["0002_step"],
    }
    replaces = "replaces = [('shop', '0001_step'), ('shop', '0002_step')]\n    operations ="
    squashed = {"0001_squash": whole.replace("operations =", replaces)}

    found = case({**one_by_one, **squashed} if squash else one_by_one)
    found.write(squashed)

    assert found.loud() == []


@on_postgresql
def test_operator_classes_that_are_the_default(case: MakeCase) -> None:
    by_name = history(
        f"""
        {OWNER}
        migrations.AddIndex("owner", models.Index(fields=["name"], name="by_name", opclasses=["text_ops"])),
        """
    )
    assert case(by_name).loud() == []


@on_sqlite
def test_a_table_that_is_made_anew_after_a_rename_has_each_index_once(case: MakeCase) -> None:
    """Django names an index after its table; what stands there was named after the table's first name."""
    renamed = history(
        f"""
        {OWNER}
        migrations.CreateModel(
            "Mail",
            [{ID}, ("text", models.TextField()), ("owner", models.ForeignKey("shop.Owner", models.CASCADE))],
            options={{"db_table": "letter"}},
        ),
        """,
        'migrations.AlterModelTable("mail", "mail"),',
    )
    mail = case(renamed, "ALTER TABLE mail DROP COLUMN text")

    mail.reconcile()

    indexes = mail.database.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'mail'")
    assert len(indexes) == 1
    assert mail.loud() == []


def test_an_index_that_sqlite_forgets_when_it_makes_the_table_anew(case: MakeCase, vendor: str) -> None:
    """Django's SQLite editor knows no index_together since 5.1."""
    together = history(
        f"""
        migrations.CreateModel("Item", [{ID}, ("a", models.CharField(max_length=9)), ("b", models.IntegerField())]),
        migrations.AlterIndexTogether("item", {{("a", "b")}}),
        """,
        'migrations.AlterField("item", "a", models.CharField(max_length=20)),',
    )
    item = case(together)

    assert item.loud() == []

    if vendor == "postgresql":
        ((name,),) = item.database.execute("SELECT indexname FROM pg_indexes WHERE indexdef LIKE '%(a, b)'")
        item.run(f'DROP INDEX "{name}"')
        assert [(each["level"], each["name"]) for each in item.loud()] == [("error", name)]


INDEXES = "SELECT indexdef FROM pg_indexes WHERE tablename = 'shop_thing' ORDER BY 1"


@on_postgresql
@pytest.mark.parametrize("kind", ["text", "varchar(20)"])
def test_the_index_for_like_keeps_its_name_where_the_type_is_altered_back(case: MakeCase, kind: str) -> None:
    """The schema editor makes it anew, by the name that the table has now."""
    renamed = history(
        f'migrations.CreateModel("Item", [{ID}, ("kind", models.CharField(max_length=9, db_index=True))]),',
        'migrations.RenameModel("Item", "Thing"),',
    )
    thing = case(renamed)
    clean = thing.database.execute(INDEXES)
    thing.run(f"ALTER TABLE shop_thing ALTER COLUMN kind TYPE {kind}")

    thing.reconcile("--on-conflict", "alter")

    assert thing.database.execute(INDEXES) == clean
    assert sum("shop_item_kind" in definition for (definition,) in clean) == 2
    assert thing.loud() == []


def test_an_index_that_waits_for_the_end_goes_with_its_namesake(case: MakeCase) -> None:
    """One that is made again before the end, and dropped by its name: Django 5.2 makes neither."""
    item = case(
        history(
            f'migrations.CreateModel("Item", [{ID}]),',
            """
            migrations.AddField("item", "rank", models.IntegerField(null=True, db_index=True)),
            migrations.AlterField("item", "rank", models.IntegerField(null=True)),
            migrations.AlterField("item", "rank", models.IntegerField(null=True, db_index=True)),
            migrations.AlterField("item", "rank", models.IntegerField(null=True, unique=True)),
            """,
        )
    )
    assert item.verdict() == "in_sync"


@on_postgresql
def test_an_index_that_its_own_migration_removes(case: MakeCase) -> None:
    """The editor makes it only at the end: Django 4.2 does so all the same, since 5.2 it forgets it."""
    removed_at_once = history(
        f"""
        migrations.CreateModel("Item", [{ID}, ("kind", models.CharField(max_length=9))],
            options={{"indexes": [models.Index(fields=["kind"], name="shop_kind")]}}),
        migrations.RemoveIndex("item", "shop_kind"),
        """
    )
    assert case(removed_at_once).loud() == []


MADE = f"""
migrations.CreateModel("Room", [{ID}, ("house", models.IntegerField()), ("number", models.IntegerField())]),
migrations.SeparateDatabaseAndState(
    state_operations=[migrations.AlterIndexTogether("room", {{("house", "number")}})],
    database_operations=[migrations.RunSQL("CREATE INDEX room_by_hand ON shop_room (house, number)")],
),
"""
MADE_BY_SQL = {
    "renamed": history(MADE, 'migrations.RenameIndex("room", new_name="room_idx", old_fields=("house", "number")),'),
    "removed": history(MADE, 'migrations.AlterIndexTogether("room", set()),'),
}
"""edx-enterprise's: Django finds what stands for index_together by its columns, whoever made it."""


@pytest.mark.parametrize("history", MADE_BY_SQL.values(), ids=MADE_BY_SQL)
def test_index_together_that_sql_made_is_found_by_its_columns(case: MakeCase, history: History) -> None:
    room = case(history)
    clean = room.dump()
    assert room.loud() == []

    room.run(LOST_RECORDS)
    room.reconcile()
    assert room.dump() == clean
    assert room.loud() == []


def test_an_index_of_postgresql_is_a_plain_one_elsewhere(case: MakeCase) -> None:
    gin = history(
        f"""
        migrations.CreateModel("Item", [{ID}, ("data", models.JSONField())]),
        migrations.AddIndex("item", GinIndex(fields=["data"], name="item_data")),
        """,
        imports="from django.contrib.postgres.indexes import GinIndex",
    )
    assert case(gin).loud() == []


NAMED = history(
    f"""
    migrations.CreateModel("Item", [{ID}, ("size", models.IntegerField()), ("width", models.IntegerField())], options={{
        "indexes": [models.Index(fields=["size"], name="by_size")],
        "constraints": [models.UniqueConstraint(fields=["size", "width"], name="once")],
    }}),
    """,
    'migrations.RemoveIndex("item", "by_size"),\nmigrations.RemoveConstraint("item", "once"),',
)


@on_postgresql
def test_what_somebody_renamed_gets_its_name_back_before_it_is_removed(case: MakeCase) -> None:
    """A pending migration removes both by their names."""
    item = case(NAMED, last=1)
    item.run("ALTER INDEX by_size RENAME TO tool_size", "ALTER INDEX once RENAME TO tool_once")

    assert [each["problem"] for each in item.loud()] == ["different", "different"]
    item.reconcile()
    item.migrate()

    assert "tool" not in item.dump()
    assert item.verdict() == "in_sync"


@on_sqlite
def test_an_index_that_sqlite_forgot_is_not_missed_where_its_column_was_renamed_later(case: MakeCase) -> None:
    item = case(
        history(
            f'migrations.CreateModel("Item", [{ID}, ("size", models.IntegerField()), ("note", models.TextField())]),',
            """
            migrations.RunSQL("CREATE INDEX by_note ON shop_item (note)", ""),
            migrations.AlterField("item", "size", models.BigIntegerField()),
            """,
            """
            migrations.AlterField("item", "size", models.BigIntegerField(db_index=True)),
            migrations.RenameField("item", "note", "told"),
            """,
        )
    )
    wanted = item.dump()
    (index,) = item.database.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND name LIKE 'shop%'")
    item.run(f"DROP INDEX {index[0]}", LOST_RECORDS)

    item.reconcile()
    assert "by_note" not in wanted
    assert item.dump() == wanted


WIDTH = 'models.BigIntegerField(null=True, db_column="width"{})'
LOOSE = 'models.ForeignKey("shop.Item", models.CASCADE, null=True, db_constraint=False)'


@on_sqlite
@pytest.mark.parametrize(
    ("old", "new", "indexes"),
    [
        pytest.param(WIDTH.format(""), "models.BigIntegerField(null=True, db_index=True)", 0, id="added"),
        pytest.param(WIDTH.format(", db_index=True"), "models.BigIntegerField(null=True)", 1, id="removed"),
        pytest.param("models.BigIntegerField(null=True)", LOOSE, 0, id="a loose key"),
        pytest.param(LOOSE, "models.BigIntegerField(null=True)", 1, id="no key any more"),
        pytest.param(WIDTH.format(", db_index=True"), "models.BigIntegerField(null=True, unique=True)", 0, id="unique"),
    ],
)
def test_sqlite_looks_at_no_index_where_the_column_is_renamed_alone(
    case: MakeCase, old: str, new: str, indexes: int
) -> None:
    """Django bug: the editor renames the column, and leaves it at that. It makes the table anew for a unique one."""
    item = case(
        history(
            f'migrations.CreateModel("Item", [{ID}, ("size", {old})]),',
            f'migrations.AlterField("item", "size", {new}),',
            'migrations.RenameField("item", "size", "extent"),',
        )
    )
    clean = item.dump()

    assert clean.count("CREATE INDEX") == indexes
    assert item.loud() == []
    item.run(LOST_RECORDS)
    item.reconcile()
    assert item.dump() == clean
