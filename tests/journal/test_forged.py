"""What stands in the journal is read with suspicion: `undo` does what it could have written, and nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.shop import everything, reconcile

if TYPE_CHECKING:
    from tests.harness import Database, Project

ON_POSTGRESQL = pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
NOT_WRITTEN = "entry 1 is not as it was written: "


def inverse(database: Database) -> Any:
    ((text,),) = database.execute("SELECT inverse FROM schemaguard_journal WHERE id = 1")
    return json.loads(text)


def forge(database: Database, **values: Any) -> None:
    """Writes into the inverse of the first entry."""
    written(database, "inverse", json.dumps({**inverse(database), **values}))


def written(database: Database, column: str, text: str) -> None:
    place = "?" if database.vendor == "sqlite" else "%s"
    database.execute(f"UPDATE schemaguard_journal SET {column} = {place} WHERE id = 1", [text])


def refuses(project: Project) -> str:
    """An undo that must end with 1, one line, and nothing changed."""
    before = everything(project.database)
    said = project.manage("schemaguard", "undo").expect(1).err.removeprefix("schemaguard: ").rstrip("\n")
    assert everything(project.database) == before
    assert len(said.splitlines()) == 1
    return said


@pytest.fixture
def made(shop: Project) -> Project:
    """A reconcile has made a table, a column that Django filled, and an index."""
    shop.database.script(
        "DROP TABLE stock_shelf; ALTER TABLE shop_customer DROP COLUMN active; DROP INDEX shop_price_idx"
    )
    reconcile(shop)
    return shop


DELETE = "DELETE FROM shop_customer"
OPERATIONS: dict[str, Any] = {
    "SQL": {"do": "sql", "sql": DELETE},
    "text": DELETE,
    "another form": {"do": "drop_column", "table": "shop_customer"},
    "more in it": {"do": "drop_trigger", "trigger": "a", "sql": DELETE},
    "no name": {"do": "drop_tables", "tables": [["shop_customer"]]},
    "no text": {"do": "drop_column", "table": "shop_customer", "column": "name", "filled": 3},
    "no attribute": {"do": "set_table", "table": "shop_customer", "attributes": [None, True, "false; --", True]},
    "no constraint": {"do": "make_constraint", "table": "shop_customer", "shape": {"kind": "trigger"}},
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_that_no_reconcile_writes(made: Project, name: str) -> None:
    forge(made.database, operations=[*inverse(made.database)["operations"], OPERATIONS[name]])
    assert refuses(made).startswith(NOT_WRITTEN)


def check(text: str) -> dict[str, Any]:
    """A constraint whose expression is that text."""
    shape = {"kind": "check", "expression": text, "columns": [], "name": "c", "validated": True, "named": False}
    return {"do": "make_constraint", "table": "shop_customer", "shape": shape}


@ON_POSTGRESQL
@pytest.mark.parametrize(
    "text", ["true), DROP COLUMN name, ADD CHECK (true", f"true); {DELETE}; SELECT (1", "'", "$$", " "]
)
def test_an_expression_that_is_more_than_one(made: Project, text: str) -> None:
    forge(made.database, operations=[check(text)])
    assert refuses(made) == f"{NOT_WRITTEN}{text!r} is no expression; nothing was changed"


@pytest.mark.parametrize(
    "name", ["shop_customer", "schemaguard_journal", "nothing", 'x"; DELETE FROM shop_customer; --']
)
def test_tables_that_hold_rows_or_are_not_the_project_s(made: Project, name: str) -> None:
    forge(made.database, operations=[{"do": "drop_tables", "tables": [name]}])
    if name == "shop_customer":
        assert refuses(made) == (
            "entry 1 cannot be taken back without loss: table shop_customer holds 2 rows; nothing was changed"
        )
    else:
        assert refuses(made) == f"{NOT_WRITTEN}{name} cannot be dropped; nothing was changed"


def test_a_column_that_holds_values(made: Project) -> None:
    """Whatever else the inverse says of what is to be counted."""
    forge(made.database, operations=[{"do": "drop_column", "table": "shop_customer", "column": "name", "filled": "x"}])
    assert refuses(made) == (
        "entry 1 cannot be taken back without loss: column shop_customer.name holds 2 values; nothing was changed"
    )


def test_a_schema_that_was_never_there_is_rolled_back(made: Project) -> None:
    operations = inverse(made.database)["operations"]
    forge(made.database, operations=operations[:-1])
    assert "the result would not be the schema of before (" in refuses(made)


@pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "definition",
    [
        DELETE,
        'CREATE TABLE "shop_customer" AS SELECT 1 AS id',
        'CREATE TABLE "shop_other" ("id" integer)',
        'CREATE TABLE "shop_customer" ("id" integer); DELETE FROM shop_product',
        'CREATE TABLE "shop_customer" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "name" varchar(75) NOT NULL)',
        'CREATE TABLE "shop_customer" ("id" integer, "name" integer, "email" varchar(254), "active" bool)',
    ],
)
def test_a_table_that_would_lose_values(made: Project, definition: str) -> None:
    made.database.execute("UPDATE shop_customer SET email = 'mine'")
    forge(
        made.database,
        operations=[{"do": "rebuild", "table": "shop_customer", "definition": definition, "filled": []}],
    )
    said = refuses(made)
    assert said.startswith((NOT_WRITTEN, "entry 1 cannot be taken back without loss: column shop_customer.email holds"))


@pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)
def test_a_table_that_would_not_take_all_rows(made: Project) -> None:
    made.database.execute("UPDATE shop_customer SET email = 'mine'")
    (rebuild,) = [each for each in inverse(made.database)["operations"] if each.get("table") == "shop_customer"]
    definition = rebuild["definition"].replace(
        '"email" varchar(254)', '"email" varchar(254) UNIQUE ON CONFLICT REPLACE'
    )
    assert definition != rebuild["definition"]
    forge(made.database, operations=[{**rebuild, "definition": definition}])
    assert refuses(made) == f"{NOT_WRITTEN}shop_customer as it was does not take all rows; nothing was changed"


DAMAGED = {
    "no JSON": "{",
    "another thing": "[1]",
    "a part is gone": '{"operations": []}',
    "SQL of old": json.dumps(
        {
            "sql": [DELETE], "tables": [], "columns": [], "written": [], "removed": [], "content_types": [],
            "obstacles": [], "continues": None,
        }
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_inverse(made: Project, name: str) -> None:
    written(made.database, "inverse", DAMAGED[name])
    said = refuses(made)
    assert said.startswith(NOT_WRITTEN)
    if name == "SQL of old":
        assert (
            said == f"{NOT_WRITTEN}it keeps SQL, as older versions wrote it, and that is not run; nothing was changed"
        )


RECORDS: dict[str, list[Any]] = {
    "removed": [["x", "shop", "0001", "2020-01-01"], [1, "shop", "0001", "yesterday"], [1, "shop"], "shop"],
    "written": [["shop"], "shop", ["shop", 1]],
    "content_types": [["shop", "a"]],
    "continues": ["one", True],
    "obstacles": [[1]],
}


@pytest.mark.parametrize("part", RECORDS)
def test_damaged_records(made: Project, part: str) -> None:
    for each in RECORDS[part]:
        forge(made.database, **{part: each if part == "continues" else [each]})
        assert refuses(made).startswith(NOT_WRITTEN)


def test_damaged_steps(made: Project) -> None:
    for text in ("{", "1", "[1]", '[{"app": "shop"}]'):
        written(made.database, "steps", text)
        assert refuses(made) == f"{NOT_WRITTEN}its steps are damaged; nothing was changed"


def test_records_alone_of_an_older_version_are_taken_back(shop: Project) -> None:
    shop.database.execute("DELETE FROM django_migrations WHERE app = 'shop'")
    before = everything(shop.database)
    reconcile(shop)
    found = inverse(shop.database)
    del found["operations"]
    written(shop.database, "inverse", json.dumps({**found, "sql": [], "tables": [], "columns": []}))
    shop.manage("schemaguard", "undo").expect(0)
    assert len(shop.database.execute("SELECT 1 FROM django_migrations WHERE app = 'shop'")) == 0
    assert before
