"""A view that has to be dropped before it can be made: what is part of it comes again, what hangs on it is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.harness import Database, catalog_dump
from tests.reconcile.plan.test_made_beforehand import VIEW, shop, told
from tests.shop import reconcile, refused

if TYPE_CHECKING:
    from pathlib import Path

MATERIALIZED = "CREATE MATERIALIZED VIEW shop_names AS SELECT id, name FROM shop_item"
STAMP = "CREATE FUNCTION shop_stamp() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end'"
INSTEAD = "CREATE TRIGGER shop_into INSTEAD OF INSERT ON shop_names FOR EACH ROW EXECUTE FUNCTION shop_stamp()"
PARTS = {
    VIEW: f"{STAMP}; {INSTEAD}; GRANT SELECT ON shop_names TO PUBLIC; COMMENT ON VIEW shop_names IS 'it''s'",
    MATERIALIZED: "CREATE INDEX shop_own ON shop_names (id); GRANT SELECT ON shop_names TO PUBLIC",
}
GRANTS = "SELECT relacl::text FROM pg_class WHERE relname = 'shop_names'"


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
@pytest.mark.parametrize("view", [VIEW, MATERIALIZED], ids=["a view", "a materialized one"])
def test_its_parts_come_again(tmp_path: Path, database: Database, view: str) -> None:
    project = shop(tmp_path, database, view, at="0002")
    database.script(PARTS[view])
    whole, grants = catalog_dump(database), database.execute(GRANTS)
    kind = "MATERIALIZED VIEW" if view == MATERIALIZED else "VIEW"
    database.script(f"DROP {kind} shop_names; {view.replace('name FROM', 'id + 1 AS other FROM')}")
    database.script(PARTS[view].replace(f"{STAMP}; ", ""))

    assert told(project)[0] == "conflict"
    reconcile(project, "--on-conflict", "alter")

    assert told(project) == ("in_sync", [])
    assert catalog_dump(database, without=["schemaguard_journal"]) == whole
    assert database.execute(GRANTS) == grants


@pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)
def test_a_trigger_of_a_view_comes_again(tmp_path: Path, database: Database) -> None:
    project = shop(tmp_path, database, VIEW, at="0002")
    trigger = "CREATE TRIGGER shop_into INSTEAD OF INSERT ON shop_names BEGIN SELECT 1; END"
    database.script(f"DROP VIEW shop_names; {VIEW.replace(', name', '')}; {trigger};")

    reconcile(project, "--on-conflict", "alter")

    assert told(project) == ("in_sync", [])
    assert database.execute("SELECT sql FROM sqlite_master WHERE name = 'shop_into'") == [(trigger,)]


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_what_hangs_on_it_is_named_beforehand(tmp_path: Path, database: Database) -> None:
    project = shop(tmp_path, database, VIEW, at="0002")
    other = VIEW.replace("name FROM", "id + 1 AS other FROM")
    database.script(f"DROP VIEW shop_names; {other}; CREATE VIEW report AS SELECT * FROM shop_names")

    assert refused(project, "--on-conflict", "alter") == (
        "view report hangs on view shop_names, which would be dropped and made again: drop that before, and make it "
        "again afterwards; nothing was changed"
    )
    database.script("DROP VIEW report")
    reconcile(project, "--on-conflict", "alter")
    assert told(project) == ("in_sync", [])


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_a_function_that_returns_another_type_is_dropped_first(tmp_path: Path, database: Database) -> None:
    function = "CREATE FUNCTION shop_one(a int) RETURNS int LANGUAGE sql AS 'SELECT 1'"
    project = shop(tmp_path, database, function, at="0002")
    database.script(f"DROP FUNCTION shop_one; {function.replace('RETURNS int', 'RETURNS bigint')}")

    verdict, ((message, hint),) = told(project)
    assert (verdict, message) == (
        "conflict",
        "function shop_one is another one than shop.0002_sql makes it (another returned type); "
        "no migration makes it so",
    )
    drop, _, then = hint.partition(", then ")
    assert (drop, then) == ('DROP FUNCTION "shop_one"(integer)', "manage.py schemaguard reconcile")
    assert refused(project, "--on-conflict", "alter").startswith("function shop_one is another one than")
    database.script(drop)
    reconcile(project)
    assert told(project) == ("in_sync", [])


STAR = "CREATE VIEW shop_names AS SELECT i.*, count(*) AS count FROM shop_item i GROUP BY i.id"


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_a_star_stands_for_the_columns_of_its_day(tmp_path: Path, database: Database) -> None:
    """A column that somebody added since is no part of the view, and makes it no other one."""
    project = shop(tmp_path, database, STAR, at="0002")
    database.script("ALTER TABLE shop_item ADD COLUMN extra integer")

    report = project.manage("schemaguard", "check", "--format", "json").json

    found = {(each["kind"], each["problem"], each["level"]) for each in report["findings"]}
    assert found >= {("column", "extra", "warning")}
    assert ("view", "different", "error") not in found
