"""SQL of a migration names what a later one renamed, what it made is gone, and so may be its record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.location.cases import ID, LOST_RECORDS, history

if TYPE_CHECKING:
    from tests.location.cases import Case, MakeCase

ITEM = f"""
    migrations.CreateModel("Item", [
        {ID}, ("name", models.CharField(max_length=9)), ("size", models.IntegerField(null=True)),
    ]),
"""
FUNCTION = "CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
TRIGGER = f"{FUNCTION} CREATE TRIGGER noted BEFORE INSERT ON shop_item FOR EACH ROW EXECUTE FUNCTION stamp()"
RENAMED = 'migrations.RenameModel("Item", "Thing"),'
FIELD = 'migrations.RenameField("item", "size", "width"),'
ONE = LOST_RECORDS.replace(";", " AND name = '0002_step';")
BY_HAND = {
    "a trigger": (TRIGGER, RENAMED, "DROP TRIGGER noted ON shop_thing", "trigger noted", "shop_item"),
    "a view": (
        "CREATE VIEW sizes AS SELECT size FROM shop_item", RENAMED, "DROP VIEW sizes", "view sizes", "shop_item",
    ),
    "a view of a column": (
        "CREATE VIEW sizes AS SELECT size FROM shop_item", FIELD, "DROP VIEW sizes", "view sizes", "size",
    ),
    "a function": (
        "CREATE FUNCTION most() RETURNS bigint LANGUAGE sql AS 'SELECT max(size) FROM shop_item'", RENAMED,
        "DROP FUNCTION most()", "function most", "shop_item",
    ),
    "a table": (
        "CREATE TABLE log (size int, item bigint REFERENCES shop_item (id))", RENAMED, "DROP TABLE log", "table log",
        "shop_item",
    ),
}  # fmt: skip
SPELT = {
    "an index": ("CREATE INDEX by_size ON shop_item (size DESC)", "DROP INDEX by_size"),
    "a partial one": ("CREATE UNIQUE INDEX by_size ON shop_item ((size + 1)) WHERE size > 2", "DROP INDEX by_size"),
    "a check": (
        "ALTER TABLE shop_item ADD CONSTRAINT few CHECK (size < 9)",
        "ALTER TABLE shop_thing DROP CONSTRAINT few",
    ),
}
on_postgresql = pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
LOST = {"no record": "SELECT 1", "one record": ONE, "all records": LOST_RECORDS}
every_loss = pytest.mark.parametrize("lost", LOST)


def sql(text: str) -> str:
    return f"migrations.RunSQL({text!r}),"


def refused(item: Case) -> str:
    return item.manage("schemaguard", "reconcile", "--noinput").expect(1).err


@on_postgresql
@every_loss
@pytest.mark.parametrize("what", BY_HAND)
def test_what_cannot_be_made_by_its_own_statement_is_for_a_person(case: MakeCase, what: str, lost: str) -> None:
    made, later, drop, called, renamed = BY_HAND[what]
    item = case(history(ITEM, sql(made), later))
    assert item.loud() == []
    item.run(drop, LOST[lost])

    text = refused(item)
    assert item.verdict() == "conflict"
    assert called in text
    assert f"is missing: make it by hand, it is made of what was renamed since: {renamed}; nothing was changed" in text


@on_postgresql
@every_loss
@pytest.mark.parametrize("what", SPELT)
def test_an_index_or_a_check_is_made_under_the_new_name(case: MakeCase, what: str, lost: str) -> None:
    made, drop = SPELT[what]
    item = case(history(ITEM, sql(made), RENAMED))
    clean = item.dump()
    item.run(drop, LOST[lost])

    item.reconcile()

    assert item.dump() == clean
    assert item.verdict() == "in_sync"


@on_postgresql
def test_once_a_person_has_made_it_the_record_comes_back(case: MakeCase) -> None:
    item = case(history(ITEM, sql(TRIGGER), RENAMED))
    clean = item.dump()
    item.run("DROP TRIGGER noted ON shop_thing", ONE)
    refused(item)

    item.run("CREATE TRIGGER noted BEFORE INSERT ON shop_thing FOR EACH ROW EXECUTE FUNCTION stamp()")
    item.reconcile()

    assert item.dump() == clean
    assert item.verdict() == "in_sync"


@on_postgresql
def test_the_columns_of_a_new_table_are_its_own(case: MakeCase) -> None:
    item = case(history(ITEM, sql("CREATE TABLE log (size int, item bigint REFERENCES shop_item (id))"), FIELD))
    clean = item.dump()
    item.run("DROP TABLE log", ONE)

    item.reconcile()

    assert item.dump() == clean
