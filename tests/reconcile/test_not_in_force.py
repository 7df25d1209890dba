"""Steps for what stands on PostgreSQL and does not do its work: not valid, not enforced, disabled, behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import Database, Project, make_project, migration
from tests.shop import actions, mended, verdict

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)


def test_an_invalid_index_is_dropped_and_made_again(shop: Project, clean: Any) -> None:
    shop.database.script("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'shop_price_idx'::regclass")
    (step,) = mended(shop, clean)["performed"]
    assert [sql.split()[0] for sql in step["sql"]] == ["DROP", "CREATE"]


KEYED = """
migrations.CreateModel("Tag", [("id", models.AutoField(primary_key=True))]),
migrations.CreateModel("Note", [
    ("id", models.AutoField(primary_key=True)), ("tag", models.ForeignKey("shop.Tag", models.CASCADE)),
]),
"""


@pytest.mark.parametrize(
    "later",
    [
        "migrations.AlterField('note', 'tag', models.ForeignKey('shop.Tag', models.CASCADE, db_constraint=False)),",
        "migrations.AlterField('note', 'tag', models.IntegerField()),",
        "migrations.RemoveField('note', 'tag'),",
    ],
)
def test_a_foreign_key_that_is_not_enforced_is_none_that_a_pending_migration_has_dropped(
    tmp_path: Path, database: Database, later: str
) -> None:
    steps = {"0001_made": migration(KEYED), "0002_later": migration(later, after=[("shop", "0001_made")])}
    project = make_project(tmp_path, apps={"shop": {"migrations": steps}}, database=database)
    project.manage("migrate", "shop", "0001").expect(0)
    database.script("ALTER TABLE shop_note DISABLE TRIGGER ALL")
    report = project.manage("schemaguard", "check", "--format", "json").json
    assert {each["name"]: each["state"] for each in report["migrations"]} == {
        "0001_made": "missing", "0002_later": "pending",
    }  # fmt: skip
    project.manage("migrate").expect(0)
    assert verdict(project) == "in_sync"
    assert (
        database.execute("SELECT 1 FROM pg_constraint WHERE contype = 'f' AND conrelid = 'shop_note'::regclass") == []
    )


def test_what_a_failed_concurrent_build_left_is_told_with_how_to_drop_it(shop: Project) -> None:
    shop.database.script("INSERT INTO shop_customer (name, active) VALUES ('Di', true), ('Ed', true)")
    with pytest.raises(Exception, match="could not create unique index"):
        shop.database.execute('CREATE UNIQUE INDEX CONCURRENTLY "once" ON shop_customer (active)')
    (finding,) = shop.manage("schemaguard", "check", "--format", "json").expect(0).json["findings"]
    assert (finding["code"], finding["level"]) == ("SG313", "warning")
    assert finding["message"] == (
        "unique once on shop_customer is INVALID, so that writes keep it up and no query uses it: a CREATE INDEX or "
        "REINDEX CONCURRENTLY is at work, or has failed"
    )
    shop.database.execute(finding["hint"].partition(",")[0])
    assert verdict(shop) == "in_sync"


def test_a_constraint_that_is_not_valid_is_validated(shop: Project, clean: Any) -> None:
    shop.database.script(
        "ALTER TABLE shop_product DROP CONSTRAINT shop_price_check;"
        "ALTER TABLE shop_product ADD CONSTRAINT shop_price_check CHECK (price >= 0) NOT VALID"
    )
    (step,) = mended(shop, clean)["performed"]
    assert step["sql"] == ['ALTER TABLE "shop_product" VALIDATE CONSTRAINT "shop_price_check";']


def test_a_check_that_is_not_enforced_is_made_again(shop: Project, clean: Any) -> None:
    if shop.database.execute("SELECT current_setting('server_version_num')::int < 180000") == [(True,)]:
        pytest.skip("NOT ENFORCED came with PostgreSQL 18")
    shop.database.script(
        "ALTER TABLE shop_product DROP CONSTRAINT shop_price_check;"
        "ALTER TABLE shop_product ADD CONSTRAINT shop_price_check CHECK (price >= 0) NOT ENFORCED"
    )
    (step,) = mended(shop, clean)["performed"]
    assert [sql.count("CONSTRAINT") for sql in step["sql"]] == [2]  # dropped and made in one statement


@pytest.mark.parametrize("table", ["shop_product", "shop_customer"])
def test_a_foreign_key_whose_triggers_are_disabled_is_made_again(shop: Project, clean: Any, table: str) -> None:
    """A restore with --disable-triggers that was stopped leaves them so."""
    shop.database.script(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    (finding,) = shop.manage("schemaguard", "check", "--format", "json").expect(1).json["findings"]
    assert (finding["code"], finding["problem"]) == ("SG321", "missing")
    assert "is not enforced" in finding["message"]
    mended(shop, clean)
    disabled = shop.database.execute("SELECT tgname FROM pg_trigger WHERE tgisinternal AND tgenabled <> 'O'")
    assert disabled == []
    told = shop.manage("schemaguard", "undo", "--noinput").expect(1).err
    assert "was not enforced, and cannot be made so again" in told


@pytest.mark.parametrize("lost", ["name = '0004_rules'", "app = 'shop'", "app = 'shop' AND name >= '0004'"])
def test_what_was_begun_is_finished_without_a_record_too(shop: Project, clean: Any, lost: str) -> None:
    """A plain `migrate` would fail: the names are there."""
    shop.database.script(
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'shop_price_idx'::regclass;"
        "ALTER TABLE shop_product DROP CONSTRAINT shop_price_check;"
        "ALTER TABLE shop_product ADD CONSTRAINT shop_price_check CHECK (price >= 0) NOT VALID;"
        f"DELETE FROM django_migrations WHERE {lost}"
    )
    document = mended(shop, clean, "--data-migrations", "skip")
    assert ("complete", "0004_rules") in actions(document["performed"])


def test_a_sequence_behind_its_column_is_brought_up(shop: Project, clean: Any) -> None:
    shop.database.script("SELECT setval(pg_get_serial_sequence('shop_customer', 'id'), 1)")
    mended(shop, clean)
    assert shop.database.execute("INSERT INTO shop_customer (name, active) VALUES ('Cy', true) RETURNING id") == [(3,)]


@pytest.mark.parametrize(("begins", "is_behind"), [(3, False), (2, True)])
def test_a_sequence_that_was_told_where_to_begin(shop: Project, clean: Any, begins: int, is_behind: bool) -> None:
    """The catalog tells no last value of it: it has given no number since."""
    shop.database.script(f"ALTER TABLE shop_customer ALTER COLUMN id RESTART WITH {begins}")
    findings = shop.manage("schemaguard", "check", "--format", "json").expect(0).json["findings"]
    assert [each["actual"] for each in findings if each["code"] == "SG401"] == ["1"] * is_behind
    mended(shop, clean)
    assert shop.database.execute("INSERT INTO shop_customer (name, active) VALUES ('Cy', true) RETURNING id") == [(3,)]
