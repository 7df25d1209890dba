"""What somebody writes after the rows were counted is not lost: they are counted under a lock that is held."""

from __future__ import annotations

import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.push.stories import project_with, push, write_models
from tests.shop import dump, reconcile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.harness import Database, Project

pytestmark = [pytest.mark.long, pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)]
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'relation'"
IN_THE_WAY = {
    "dropped": (
        "ALTER TABLE shop_product ADD COLUMN stock integer NULL",
        "UPDATE shop_product SET stock = 7",
        "2 rows of shop_product (stock) hold a value in a column that is dropped (for example id 1, 2; ",
        "SELECT stock FROM shop_product WHERE id = 1",
        7,
    ),
    "narrowed": (
        "ALTER TABLE shop_product ALTER COLUMN code TYPE text",
        f"UPDATE shop_product SET code = '{'x' * 41}' WHERE id = 1",
        "1 row of shop_product (code) is longer than character varying(40) allows (for example id 1; ",
        "SELECT code FROM shop_product WHERE id = 1",
        "x" * 41,
    ),
    "rounded": (
        "ALTER TABLE shop_product DROP CONSTRAINT shop_price_check, ALTER COLUMN price TYPE numeric",
        "UPDATE shop_product SET price = 3.7 WHERE id = 1",
        "1 row of shop_product (price) would not keep their value as integer (for example id 1; ",
        "SELECT price::float FROM shop_product WHERE id = 1",
        3.7,
    ),
}
MADE = {
    "table": (
        "DROP TABLE stock_shelf",
        "INSERT INTO stock_shelf (place) VALUES ('B2')",
        "table stock_shelf holds 1 row",
        "SELECT place FROM stock_shelf",
        "B2",
    ),
    "column": (
        "ALTER TABLE shop_purchase DROP COLUMN note",
        "UPDATE shop_purchase SET note = 'precious'",
        "column shop_purchase.note holds 1 value",
        "SELECT note FROM shop_purchase",
        "precious",
    ),
}


@contextmanager
def in_the_middle(database: Database, sql: str) -> Iterator[Any]:
    """Another session that has not come to its end."""
    with closing(database.connect()) as connection:
        connection.execute("BEGIN")
        connection.execute(sql)
        yield connection


def refused(project: Project, sql: str, *argv: str) -> str:
    """Runs a command while another session writes, which ends as soon as somebody waits for it."""
    with in_the_middle(project.database, sql) as other:
        process = project.start("schemaguard", *argv, "--lock-timeout", "60")
        for _ in range(600):
            ((waiting,),) = project.database.execute(WAITING)
            if waiting or process.poll() is not None:
                break
            time.sleep(0.1)
        other.execute("COMMIT")
    out, err = process.communicate(timeout=120)
    assert process.returncode == 1, out + err
    return err.removeprefix("schemaguard: ")


@pytest.mark.parametrize("name", IN_THE_WAY)
def test_by_a_reconcile(shop: Project, name: str) -> None:
    before, sql, message, question, value = IN_THE_WAY[name]
    shop.database.script(before)
    if name == "dropped":  # a snapshot of before the lock would not show what is written meanwhile
        shop.database.script(f"ALTER DATABASE {shop.database.name} SET default_transaction_isolation = serializable")

    said = refused(shop, sql, "reconcile", "--noinput", "--on-conflict", "alter")

    assert said.startswith(message)
    assert said.endswith("; nothing was changed; --accept-data-loss allows it\n")
    assert shop.database.execute(question) == [(value,)]


@pytest.mark.parametrize("name", MADE)
def test_by_an_undo(shop: Project, name: str) -> None:
    before, sql, message, question, value = MADE[name]
    shop.database.script(before)
    reconcile(shop)

    said = refused(shop, sql, "undo")

    assert said == f"entry 1 cannot be taken back without loss: {message}; nothing was changed\n"
    assert shop.database.execute(question) == [(value,)]


THING = """\
class Thing(models.Model):
    name = models.TextField()
    size = models.IntegerField(null=True)
"""
PUSHED = {
    "dropped": (
        "class Thing(models.Model):\n    name = models.TextField()\n",
        "UPDATE shop_thing SET size = 7",
        "1 row of shop_thing (size) holds a value in a column that is dropped",
    ),
    "narrowed": (
        THING.replace("TextField()", "CharField(max_length=4)"),
        "UPDATE shop_thing SET name = 'precious'",
        "1 row of shop_thing (name) is longer than character varying(4) allows",
    ),
    "gone": ("", "INSERT INTO shop_thing (name) VALUES ('precious')", "1 row of shop_thing is dropped"),
}


@pytest.mark.parametrize("name", PUSHED)
def test_by_a_push(database: Database, tmp_path: Path, name: str) -> None:
    models, sql, message = PUSHED[name]
    project = project_with(tmp_path / "project", database, THING, migrate=False)
    push(project)
    if name != "gone":
        database.execute("INSERT INTO shop_thing (name) VALUES ('a')")
    write_models(project, models)

    said = refused(project, sql, "push", "--noinput")

    assert said.startswith(message)
    assert said.endswith("; nothing was changed; --accept-data-loss allows it\n")


def test_only_where_something_would_be_lost_and_not_by_a_dry_run(shop: Project, clean: Any) -> None:
    shop.database.script(IN_THE_WAY["dropped"][0])
    argv = ("schemaguard", "reconcile", "--on-conflict", "alter")
    with in_the_middle(shop.database, "SELECT * FROM shop_product") as reader:
        shop.manage(*argv, "--dry-run").expect(1)
        found = shop.manage(*argv, "--noinput", "--lock-timeout", "1").expect(1)
        assert found.err.startswith("schemaguard: a lock was not to be had within 1 s, 3 times; nothing was changed")
        shop.database.script("ALTER TABLE shop_customer ALTER COLUMN name TYPE varchar(90)")
        found = shop.manage("schemaguard", "reconcile", "--noinput", "--lock-timeout", "1").expect(1)
        assert "shop_customer.name is in a shape that no migration gives it" in found.err  # and nobody was waited for
        shop.database.script("ALTER TABLE shop_customer ALTER COLUMN name TYPE varchar(75)")
        reader.execute("ROLLBACK")
    rehearsed = shop.manage(*argv, "--rehearse", "--noinput", "--format", "json").expect(0).json["rehearsal"]
    assert "AccessExclusiveLock on shop_product" in rehearsed[0]["locks"]
    reconcile(shop, "--on-conflict", "alter")
    assert dump(shop.database) == clean

    shop.database.script("ALTER TABLE shop_product DROP CONSTRAINT shop_code_uniq")
    with in_the_middle(shop.database, "SELECT count(*) FROM shop_purchase"):
        reconcile(shop)  # makes an index: whoever reads another table is left alone
    assert dump(shop.database) == clean
