"""`reconcile --rehearse` on MySQL and MariaDB: on a copy of the schema, of which nothing is left behind."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.harness import migration
from tests.mysql.shop import make_shop

if TYPE_CHECKING:
    from pathlib import Path

    from tests.mysql.shop import Shop

DRIFT = (
    "ALTER TABLE shop_book DROP COLUMN text, DROP INDEX by_title",
    "DELETE FROM django_migrations WHERE app = 'shop'",
)
THINGS = (
    "CREATE FUNCTION twice(n int) RETURNS int DETERMINISTIC RETURN n * 2",
    "CREATE VIEW a_wide AS SELECT title, twice(pages) AS pages FROM z_narrow",
    "CREATE TRIGGER stops BEFORE DELETE ON shop_book FOR EACH ROW SIGNAL SQLSTATE '45000'",
)
RECORDS = "SELECT app, name FROM django_migrations ORDER BY id"


def state(shop: Shop) -> tuple[Any, ...]:
    left = shop.database.execute("SHOW DATABASES LIKE 'schemaguard\\_rehearsal\\_%'")
    return shop.dump(), shop.database.execute(RECORDS), shop.database.execute("SELECT count(*) FROM shop_book"), left


def test_it_is_carried_out_elsewhere(shop: Shop) -> None:
    shop.sql("CREATE VIEW z_narrow AS SELECT title, pages FROM shop_book", *THINGS, *DRIFT)
    before = state(shop)
    said = shop.project.manage("schemaguard", "reconcile", "--rehearse").expect(0).out
    assert "ALTER TABLE `shop_book` ADD COLUMN `text`" in said
    assert "rehearsed: everything was carried out, verified, and dropped, since it was on a copy of the schema" in said
    assert state(shop) == before
    assert before[-1] == []


def test_one_that_fails_leaves_nothing(tmp_path: Path, mysql: Any) -> None:
    code = "def fails(apps, editor):\n    raise ValueError('an accident')"
    later = migration(
        'migrations.AddField("book", "more", models.IntegerField(null=True)),\nmigrations.RunPython(fails),',
        imports=code, after=[("shop", "0001_initial")],
    )  # fmt: skip
    with mysql.fresh() as database:
        shop = make_shop(tmp_path, database, **{"0002_later": later})
        before = state(shop)
        said = shop.project.manage("schemaguard", "reconcile", "--rehearse", "--migrate").expect(1).err
        assert "an accident" in said
        assert "that was on the copy; nothing was changed" in said
        assert state(shop) == before


def test_a_role_that_may_make_no_database(shop: Shop) -> None:
    name = f"sg_{os.getpid()}"
    shop.sql(
        f"CREATE USER {name}@'%' IDENTIFIED BY 'x'",
        f"GRANT ALL ON {shop.database.name}.* TO {name}@'%'",
        *DRIFT,
    )
    try:
        limited = shop.project.on(replace(shop.database, user=name, password="x"))
        said = limited.manage("schemaguard", "reconcile", "--rehearse").expect(2).err
        assert "a rehearsal needs a role that may create a database here: " in said
        assert len(said.strip().split("\n")) == 1
    finally:
        shop.sql(f"DROP USER {name}@'%'")
