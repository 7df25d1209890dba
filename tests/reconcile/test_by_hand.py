"""What is printed can be done by hand, what is rehearsed is shown, and neither writes a thing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.reconcile.test_options import break_it
from tests.reconcile.transaction.test_failures import code, half_way
from tests.shop import dump, everything, forget, verdict

if TYPE_CHECKING:
    from pathlib import Path

    from tests.harness import Database, Project

INDENT = " " * 10


def printed(project: Project, *argv: str) -> list[str]:
    """The statements of a dry run, records among them."""
    out = project.manage("schemaguard", "reconcile", "--dry-run", *argv).expect(1).out
    return [line.strip() for line in out.splitlines() if line.startswith(INDENT)]


def test_the_printed_sql_brings_a_broken_database_in_sync(shop: Project, clean: Any) -> None:
    """Something to fake, to complete and to make again; the records are printed with the rest."""
    break_it(shop.database)
    shop.database.script("ALTER TABLE shop_customer DROP COLUMN email")
    for statement in printed(shop):
        shop.database.script(statement)
    assert dump(shop.database) == clean
    assert verdict(shop) == "in_sync"


def test_the_records_of_a_squash_and_of_a_prune_are_printed(shop: Project) -> None:
    forget(shop.database, app="stock")
    shop.database.script("INSERT INTO django_migrations (app, name, applied) VALUES ('shop', 'o''clock', '2020-01-01')")
    values = "INSERT INTO django_migrations (app, name, applied) VALUES ('stock', '{}', CURRENT_TIMESTAMP);"
    assert printed(shop, "--prune") == [
        values.format("0001_initial"),
        values.format("0002_place"),
        values.format("0001_squashed_0002_place"),
        "DELETE FROM django_migrations WHERE app = 'shop' AND name = 'o''clock';",
    ]
    for statement in printed(shop, "--prune"):
        shop.database.script(statement)
    assert shop.manage("schemaguard", "reconcile", "--dry-run", "--prune").expect(0).out == "nothing to do\n"


def test_the_sql_of_an_alteration_does_it_by_hand(shop: Project, clean: Any, vendor: str) -> None:
    if vendor == "sqlite":
        pytest.skip("on SQLite a table is made anew")
    shop.database.script("ALTER TABLE shop_product ALTER COLUMN price TYPE bigint")
    for statement in printed(shop, "--on-conflict", "alter"):
        shop.database.script(statement)
    assert dump(shop.database) == clean


def test_a_rehearsal_tells_how_long_and_which_locks(shop: Project, vendor: str) -> None:
    break_it(shop.database)
    before = everything(shop.database)
    out = shop.manage("schemaguard", "reconcile", "--rehearse").expect(0).out
    document = shop.manage("schemaguard", "reconcile", "--rehearse", "--format", "json").expect(0).json
    assert everything(shop.database) == before
    assert [(each["app"], each["name"]) for each in document["rehearsal"]] == [
        (step["app"], step["name"]) for step in document["performed"]
    ]
    assert all(each["seconds"] >= 0 for each in document["rehearsal"])
    assert document["journal"] is None
    (line,) = [line for line in out.splitlines() if line.startswith("complete  shop.0004_rules: ")]
    assert line.endswith(" s)")
    locks = {lock for each in document["rehearsal"] for lock in each["locks"]}
    if vendor == "postgresql":
        assert "ShareLock on shop_product" in locks
        assert "AccessExclusiveLock on shop_purchase_products" in locks
        assert f"{INDENT}lock ShareLock on shop_product" in out.splitlines()
    else:
        assert locks == set()


def test_what_cannot_be_rehearsed_is_said(tmp_path: Path, database: Database) -> None:
    project = half_way(tmp_path, database, "pass")
    project.write("app/migrations/0002_code.py", code("pass", atomic=False))
    before = everything(database)
    result = project.manage("schemaguard", "reconcile", "--rehearse").expect(0)
    assert "not rehearsed, since it cannot be in one transaction with the rest: app.0002_code" in result.err
    assert everything(database) == before
