"""A column that gets its type back under a check, a partial index, an indexed expression, a view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import Database, Project, catalog_dump, make_project, migration
from tests.shop import actions, dump, reconcile, refused, verdict

if TYPE_CHECKING:
    from pathlib import Path

ON_POSTGRESQL = pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
THING = migration(
    """
    migrations.CreateModel(
        "Thing",
        [
            ("id", models.BigAutoField(primary_key=True)),
            ("code", models.CharField(max_length=40)),
            ("price", models.IntegerField()),
        ],
    ),
    """
)
RULES = migration(
    """
    migrations.AddIndex("thing", models.Index(fields=["code"], condition=models.Q(price__gt=5), name="dear")),
    migrations.AddIndex("thing", models.Index(Upper("code"), name="loud")),
    migrations.AddConstraint(
        "thing", models.UniqueConstraint(fields=["code"], condition=models.Q(price__lt=5), name="cheap_code")
    ),
    migrations.AddConstraint("thing", models.UniqueConstraint(F("price") + 1, name="next_price")),
    """,
    after=[("app", "0001_thing")],
    imports="from django.db.models import F\nfrom django.db.models.functions import Upper",
)


@pytest.fixture
def things(tmp_path: Path, database: Database) -> Project:
    migrations = {"0001_thing": THING, "0002_rules": RULES}
    apps: Any = {"app": {"migrations": migrations}}
    project = make_project(tmp_path, apps=apps, settings={"INSTALLED_APPS": ["schemaguard", "app"]}, database=database)
    project.manage("migrate").expect(0)
    database.script("INSERT INTO app_thing (id, code, price) VALUES (1, 'tea', 3), (2, 'jam', 9)")
    return project


def schema(project: Project) -> str:
    return catalog_dump(project.database, without=("schemaguard_journal",))


@ON_POSTGRESQL
@pytest.mark.parametrize("kind", ["numeric(9, 2)", "bigint", "double precision"])
def test_under_a_check(shop: Project, clean: Any, kind: str) -> None:
    shop.database.script(f"ALTER TABLE shop_product ALTER COLUMN price TYPE {kind}")
    document = reconcile(shop, "--on-conflict", "alter", "--format", "json").json
    assert dump(shop.database) == clean
    assert document["verdict"] == "in_sync"
    assert actions(document["performed"]) == [("alter", "0001_initial")]
    assert shop.database.execute("SELECT price FROM shop_product ORDER BY id") == [(3,), (4,)]


@ON_POSTGRESQL
@pytest.mark.parametrize("kind", ["bigint", "numeric(9, 2)"])
def test_under_a_partial_index_and_indexed_expressions(things: Project, kind: str) -> None:
    before = schema(things)
    things.database.script(f"ALTER TABLE app_thing ALTER COLUMN price TYPE {kind}")
    reconcile(things, "--on-conflict", "alter")
    assert schema(things) == before
    assert verdict(things) == "in_sync"
    assert things.database.execute("SELECT id, code, price FROM app_thing ORDER BY id") == [
        (1, "tea", 3),
        (2, "jam", 9),
    ]


@ON_POSTGRESQL
def test_two_columns_under_the_same_indexes(things: Project) -> None:
    """Each is altered in the step of its own; what reads both is made again after the second alone."""
    before = schema(things)
    things.database.script("ALTER TABLE app_thing ALTER COLUMN price TYPE bigint, ALTER COLUMN code TYPE text")
    reconcile(things, "--on-conflict", "alter")
    assert schema(things) == before
    assert verdict(things) == "in_sync"


@ON_POSTGRESQL
def test_a_check_that_is_gone_is_made_after_the_alteration(shop: Project, clean: Any) -> None:
    shop.database.script(
        "ALTER TABLE shop_product DROP CONSTRAINT shop_price_check, ALTER COLUMN price TYPE varchar(9)"
    )
    reconcile(shop, "--on-conflict", "alter")
    assert dump(shop.database) == clean


@ON_POSTGRESQL
def test_a_check_that_no_migration_knows_stays(shop: Project) -> None:
    shop.database.script(
        "ALTER TABLE shop_product ADD CONSTRAINT by_hand CHECK (price < 1000), ALTER COLUMN price TYPE bigint"
    )
    reconcile(shop, "--on-conflict", "alter")
    assert "by_hand" in catalog_dump(shop.database)


@ON_POSTGRESQL
def test_accepted_as_it_is_nothing_is_made_again(shop: Project) -> None:
    shop.database.script("ALTER TABLE shop_product ALTER COLUMN price TYPE bigint")
    left = dump(shop.database)
    reconcile(shop, "--on-conflict", "accept")
    assert dump(shop.database) == left


@ON_POSTGRESQL
def test_a_view_in_the_way_is_named(shop: Project) -> None:
    """A view has owners, grants and views of its own: it is not made again behind anybody's back."""
    shop.database.script(
        "ALTER TABLE shop_product ALTER COLUMN price TYPE bigint; CREATE VIEW dear AS SELECT price FROM shop_product"
    )
    assert refused(shop, "--on-conflict", "alter") == (
        "shop_product.price cannot get another type while view dear reads it: drop that first, and make it again;"
        " nothing was changed"
    )


@ON_POSTGRESQL
@pytest.mark.parametrize(
    ("what", "made"),
    [
        (
            "generated column twice",
            "ALTER TABLE shop_product ADD COLUMN twice bigint GENERATED ALWAYS AS (price * 2) STORED",
        ),
        ("policy cheap on table shop_product", "CREATE POLICY cheap ON shop_product USING (price < 5)"),
        (
            "trigger priced on table shop_product",
            "CREATE TRIGGER priced BEFORE UPDATE OF price ON shop_product FOR EACH ROW"
            " EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        ),
    ],
)
def test_whatever_else_reads_the_column_is_named_and_stays(shop: Project, what: str, made: str) -> None:
    shop.database.script(f"ALTER TABLE shop_product ALTER COLUMN price TYPE bigint; {made}")
    assert refused(shop, "--on-conflict", "alter") == (
        f"shop_product.price cannot get another type while {what} reads it: drop that first, and make it again;"
        " nothing was changed"
    )
    document = shop.manage("schemaguard", "check", "--format", "json").expect(1).json
    assert document["verdict"] == "conflict"
