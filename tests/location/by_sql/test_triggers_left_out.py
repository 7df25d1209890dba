"""SQLite: which operations leave out a table's triggers, since they make it anew, is what Django itself does."""

from __future__ import annotations

import pytest

from tests.location.cases import ID, LOST_RECORDS, OWNER, MakeCase, history

TRIGGER = """
    migrations.RunSQL(
        "CREATE TABLE log (name text); "
        "CREATE TRIGGER noted AFTER INSERT ON shop_item BEGIN INSERT INTO log VALUES (NEW.name); END"
    ),
"""
INTEGER = "models.IntegerField"
ITEM = f"""
    {OWNER}
    migrations.CreateModel("Item", [
        {ID}, ("name", models.CharField(max_length=9)), ("size", {INTEGER}(null=True)),
        ("kept", {INTEGER}(db_index=True, null=True)), ("owner", models.ForeignKey("shop.owner", models.CASCADE)),
    ]),
"""
LATER = {
    "a nullable column": 'migrations.AddField("item", "more", models.IntegerField(null=True)),',
    "a filled column": 'migrations.AddField("item", "more", models.IntegerField(default=1)),',
    "an index": 'migrations.AddIndex("item", models.Index(fields=["size"], name="by_size")),',
    "a unique constraint": 'migrations.AddConstraint("item", models.UniqueConstraint(fields=["size"], name="one")),',
    "a column goes": 'migrations.RemoveField("item", "size"),',
    "an indexed column goes": 'migrations.RemoveField("item", "kept"),',
    "a rename": 'migrations.RenameField("item", "size", "width"),',
    "a rename of a key": 'migrations.RenameField("item", "owner", "holder"),',
    "a longer column": 'migrations.AlterField("item", "name", models.CharField(max_length=19)),',
    "another default": 'migrations.AlterField("item", "size", models.IntegerField(null=True, default=3)),',
    "other options": 'migrations.AlterModelOptions("item", {"ordering": ["name"]}),',
}
RENAMES = ['migrations.AlterModelTable("item", "item"),', 'migrations.RenameModel("Item", "Thing"),']
on_sqlite = pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)


@on_sqlite
@pytest.mark.parametrize("later", LATER)
def test_a_lost_trigger_is_missed_where_django_would_have_left_it(case: MakeCase, later: str) -> None:
    item = case(history(ITEM, TRIGGER, LATER[later]))
    stands = bool(item.database.execute("SELECT 1 FROM sqlite_master WHERE name = 'noted'"))
    assert item.loud() == []
    clean = item.dump()

    item.run("DROP TRIGGER IF EXISTS noted")
    assert item.states()["0002"] == ("missing" if stands else "applied")
    item.reconcile()
    assert item.dump() == clean

    item.run("DROP TRIGGER IF EXISTS noted", LOST_RECORDS)
    item.reconcile("--data-migrations", "run")

    assert item.dump() == clean
    assert item.verdict() == "in_sync"


@on_sqlite
@pytest.mark.parametrize("later", RENAMES)
def test_one_of_a_table_that_was_renamed_is_for_a_person(case: MakeCase, later: str) -> None:
    item = case(history(ITEM, TRIGGER, later))
    assert item.loud() == []

    item.run("DROP TRIGGER noted")
    assert item.states()["0002"] == "missing"
    refused = item.manage("schemaguard", "reconcile", "--noinput").expect(1).err
    assert "trigger noted on shop_item is missing: make it by hand, it is made of what was renamed since" in refused
