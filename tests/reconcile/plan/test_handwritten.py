"""What SQL of its own made is made again too, though no model has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.harness import Database, Project, catalog_dump, make_project, migration

if TYPE_CHECKING:
    from pathlib import Path

ACCOUNT = migration(
    """
    migrations.CreateModel("Account", [
        ("id", models.BigAutoField(primary_key=True)),
        ("kind", models.CharField(max_length=2)),
        ("bank", models.BooleanField(default=False)),
    ]),
    """
)
INDEX = migration(
    """
    migrations.RunSQL("CREATE UNIQUE INDEX account_once ON shop_account (kind) WHERE bank; ANALYZE"),
    migrations.RunSQL("CREATE INDEX account_many ON shop_account (kind, bank)"),
    """,
    after=[("shop", "0001_account")],
)
CHECK = migration(
    "migrations.RunSQL(\"ALTER TABLE shop_account ADD CONSTRAINT account_rule CHECK (NOT bank OR kind = 'AS')\"),",
    after=[("shop", "0002_index")],
)
RENAME = migration('migrations.RenameField("account", "kind", "type"),', after=[("shop", "0003_check")])


def mended(project: Project, trouble: str) -> tuple[str, str]:
    """The dump of a clean migrate, and that after a reconcile of what `trouble` did to it."""
    clean = catalog_dump(project.database)
    project.database.script(trouble)
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    return clean, catalog_dump(project.database, without={"schemaguard_journal"})


@pytest.fixture
def account(tmp_path: Path, database: Database) -> Project:
    history = {"0001_account": ACCOUNT, "0002_index": INDEX}
    if database.vendor == "postgresql":
        history.update({"0003_check": CHECK, "0004_rename": RENAME})
    project = make_project(tmp_path, apps={"shop": {"migrations": history}}, database=database)
    project.manage("migrate").expect(0)
    return project


@pytest.mark.parametrize(
    "trouble",
    [
        "DROP INDEX account_once",
        "DROP INDEX account_once; DROP INDEX account_many",
        "DROP TABLE shop_account",
    ],
)
def test_it_is_made_again(account: Project, trouble: str) -> None:
    clean, after = mended(account, trouble)

    assert after == clean
    assert account.manage("schemaguard", "check", "--format", "json").expect(0).json["verdict"] == "in_sync"


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_under_the_names_that_its_columns_bear_now(account: Project) -> None:
    clean, after = mended(
        account,
        "ALTER TABLE shop_account DROP CONSTRAINT account_rule;"
        "INSERT INTO shop_account (type, bank) VALUES ('AS', true)",
    )

    assert after == clean


def test_an_index_under_the_names_that_its_columns_bear_now(tmp_path: Path, database: Database) -> None:
    renamed = migration('migrations.RenameField("account", "kind", "type"),', after=[("shop", "0002_index")])
    history = {"0001_account": ACCOUNT, "0002_index": INDEX, "0003_rename": renamed}
    project = make_project(tmp_path, apps={"shop": {"migrations": history}}, database=database)
    project.manage("migrate").expect(0)
    clean, after = mended(project, "DROP INDEX account_once; DROP INDEX account_many")

    # SQLite keeps the statement as it was written, and ours quotes every name.
    assert after.replace('"', "") == clean.replace('"', "")
    assert project.manage("schemaguard", "check", "--format", "json").expect(0).json["verdict"] == "in_sync"


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
@pytest.mark.parametrize("lost", [("rule_kind",), ("rule_kind", "rule_bank")])
def test_one_by_one_where_a_single_statement_made_several(
    tmp_path: Path, database: Database, lost: tuple[str, ...]
) -> None:
    rules = migration(
        """
        migrations.RunSQL(
            "ALTER TABLE shop_account ADD CONSTRAINT rule_kind CHECK (kind <> ''), "
            "ADD CONSTRAINT rule_bank CHECK (NOT bank OR kind = 'AS')"
        ),
        """,
        after=[("shop", "0001_account")],
    )
    project = make_project(
        tmp_path, apps={"shop": {"migrations": {"0001_account": ACCOUNT, "0002_rules": rules}}}, database=database
    )
    project.manage("migrate").expect(0)
    clean, after = mended(project, "; ".join(f"ALTER TABLE shop_account DROP CONSTRAINT {name}" for name in lost))

    assert after == clean


def test_a_table_whose_history_declares_one_index_twice(tmp_path: Path, database: Database) -> None:
    """As django-taggit's does: RenameIndex from `old_fields`, to the name that the index has already."""
    index = migration(
        'migrations.AddIndex("account", models.Index(fields=("kind", "bank"), name="account_kind_bank")),',
        after=[("shop", "0001_account")],
    )
    again = migration(
        'migrations.RenameIndex("account", new_name="account_kind_bank", old_fields=("kind", "bank")),',
        after=[("shop", "0002_index")],
    )
    history = {"0001_account": ACCOUNT, "0002_index": index, "0003_again": again}
    project = make_project(tmp_path, apps={"shop": {"migrations": history}}, database=database)
    project.manage("migrate").expect(0)
    clean, after = mended(project, "DROP TABLE shop_account")

    assert after == clean
