"""Names of tables in upper and lower case: servers on Windows and macOS ignore it, and dumps go from one to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import make_project, migration
from tests.mysql.shop import Shop

if TYPE_CHECKING:
    from pathlib import Path

MIXED = migration(
    """
    migrations.CreateModel("Shelf", [
        ("id", models.AutoField(primary_key=True)),
        ("code", models.CharField(max_length=20, unique=True)),
    ], options={"db_table": "Shop_Shelf"}),
    migrations.CreateModel("Box", [
        ("id", models.AutoField(primary_key=True)),
        ("shelf", models.ForeignKey("shop.Shelf", models.CASCADE)),
    ], options={"db_table": "Shop_Box"}),
    """
)


@pytest.fixture
def shop(tmp_path: Path, mysql: Any) -> Any:
    with mysql.fresh() as database:
        project = make_project(tmp_path, apps={"shop": {"migrations": {"0001_initial": MIXED}}}, database=database)
        project.manage("migrate").expect(0)
        yield Shop(project, database)


def test_mixed_case_is_silent(shop: Shop) -> None:
    """Also where the server keeps all names in lower case (`lower_case_table_names`)."""
    assert shop.findings() == []


def test_names_that_a_dump_made_small_are_given_back(shop: Shop) -> None:
    if shop.database.execute("SELECT @@lower_case_table_names") != [(0,)]:
        pytest.skip("this server keeps all names of tables in lower case")
    clean = shop.dump()
    shop.sql("RENAME TABLE Shop_Shelf TO shop_shelf, Shop_Box TO shop_box")
    assert {each["actual"] for each in shop.findings()} == {"renamed to shop_shelf", "renamed to shop_box"}

    shop.mends("--on-conflict", "alter")

    assert shop.dump() == clean


def test_lost_records_of_mixed_case_come_back(shop: Shop) -> None:
    shop.sql("DELETE FROM django_migrations WHERE app = 'shop'")
    shop.mends()


def test_records_that_differ_in_letters_alone_are_two(shop: Shop) -> None:
    """MySQL and MariaDB take 'Shop' for 'shop', and 'x ' for 'x': only the orphan is pruned."""
    before = shop.database.execute("SELECT app, name FROM django_migrations ORDER BY id")
    strange = (
        "INSERT INTO django_migrations (app, name, applied) VALUES"
        " ('Shop', '0001_initial', now()), ('shop', '0001_Initial', now()), ('shop', '0001_initial ', now())"
    )
    shop.sql(strange)
    records = "SELECT app, name FROM django_migrations ORDER BY id"
    printed = shop.project.manage("schemaguard", "reconcile", "--prune", "--dry-run").expect(1).out
    deletes = [line.strip() for line in printed.splitlines() if "DELETE" in line]
    assert len(deletes) == 3
    shop.sql(*deletes)
    assert shop.database.execute(records) == before

    shop.sql(strange)
    shop.mends("--prune")
    assert shop.database.execute(records) == before


KEYED = migration(
    """
    migrations.CreateModel("Shelf", [("id", models.AutoField(primary_key=True))]),
    migrations.CreateModel("Box", [
        ("id", models.AutoField(primary_key=True)),
        ("shelf", models.ForeignKey("shop.Shelf", models.CASCADE)),
    ]),
    """
)


def test_a_copy_that_lacks_the_foreign_keys_whose_names_the_old_table_keeps(tmp_path: Path, mysql: Any) -> None:
    """RENAME TABLE and CREATE TABLE … LIKE: foreign keys are not copied, and their names are those of the schema."""
    with mysql.fresh() as database:
        project = make_project(tmp_path, apps={"shop": {"migrations": {"0001_initial": KEYED}}}, database=database)
        project.manage("migrate").expect(0)
        shop = Shop(project, database)
        shop.sql("RENAME TABLE shop_box TO box_of_before", "CREATE TABLE shop_box LIKE box_of_before")
        document = project.manage("schemaguard", "check", "--format", "json").expect(1).json
        assert document["verdict"] == "conflict"
        refused = project.manage("schemaguard", "reconcile", "--noinput").expect(1)
        ((name,),) = database.execute(
            "SELECT constraint_name FROM information_schema.referential_constraints"
            " WHERE constraint_schema = DATABASE() AND table_name = 'box_of_before'"
        )
        told = f"foreign key {name} of shop_box is to be made, and foreign key {name} on box_of_before has its name"
        assert told in refused.err
        shop.sql(f"ALTER TABLE box_of_before DROP FOREIGN KEY {name}")
        project.manage("schemaguard", "reconcile", "--noinput").expect(0)
        assert [each["table"] for each in shop.findings()] == ["box_of_before"]
