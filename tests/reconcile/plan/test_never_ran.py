"""Records of migrations that never ran: they go, and `migrate` runs what they stood for, its code included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import AppSource, Database, Project, make_project, migration, records, rows
from tests.shop import INSTALLED, SHOP, actions, dump, everything, mended, reconcile, refused, verdict

if TYPE_CHECKING:
    from pathlib import Path

AFTER_ORDER = ["0008_no_stock", "0007_note", "0006_rename", "0005_fill", "0004_rules"]
AFTER_FILL = AFTER_ORDER[:3]
UNRECORDED = [("unrecord", name) for name in AFTER_ORDER]


@pytest.fixture
def ahead(shop: Project) -> Project:
    """A shop that stands at 0003, with the records of all that comes after it."""
    return _faked(shop, "0003_order")


def _faked(shop: Project, name: str) -> Project:
    shop.manage("migrate", "shop", name).expect(0)
    shop.database.script("UPDATE shop_customer SET email = NULL")
    shop.manage("migrate", "shop", "--fake").expect(0)
    return shop


def _emails(database: Database) -> list[tuple[Any, ...]]:
    return database.execute("SELECT DISTINCT email FROM shop_customer")


def test_their_records_go_with_what_was_seen_and_nothing_else_is_touched(ahead: Project) -> None:
    before = rows(ahead.database, without=("django_migrations",))
    result = reconcile(ahead, "--format", "json")
    assert actions(result.json["performed"]) == UNRECORDED
    assert result.json["verdict"] == "pending"
    assert all(step["sql"] == [] and step["operations"] == [] for step in result.json["performed"])
    assert "nothing of them ever ran: shop.0004_rules, shop.0005_fill, shop.0006_rename" in result.err
    assert rows(ahead.database, without=("django_migrations", "schemaguard_journal")) == before
    assert not {("shop", name) for name in AFTER_ORDER} & set(records(ahead.database))
    entry = ahead.manage("schemaguard", "show", str(result.json["journal"]), "--format", "json").expect(0).json
    seen = {step["name"]: " ".join(step["evidence"]) for step in entry["steps"]}
    assert "column stock is still there" in seen["0008_no_stock"]
    assert "what it depends on has not run" in seen["0005_fill"]


def test_then_a_plain_migrate_runs_them_whole(ahead: Project, clean: Any) -> None:
    """The code between them has to run: with the records as they were, nobody would have filled what is empty."""
    reconcile(ahead)
    ahead.manage("migrate").expect(0)
    assert dump(ahead.database) == clean
    assert verdict(ahead) == "in_sync"
    assert _emails(ahead.database) == [("filled@example.org",)]


def test_with_migrate_they_run_in_the_same_plan(ahead: Project, clean: Any) -> None:
    """One of them drops a column of which there are values. By the records that was done."""
    refused = reconcile(ahead, "--migrate", code=1)
    assert "2 rows of shop_product (stock) hold a value in a column that is dropped" in refused.err

    document = mended(ahead, clean, "--migrate", "--accept-data-loss")
    run = [("run", name) for name in reversed(AFTER_ORDER)]
    assert actions(document["performed"]) == UNRECORDED + run
    assert _emails(ahead.database) == [("filled@example.org",)]


def test_the_check_says_what_it_would_do_and_that_it_costs_nothing(ahead: Project) -> None:
    before = everything(ahead.database)
    document = ahead.manage("schemaguard", "check", "--format", "json").expect(1).json
    assert document["verdict"] == "reconcilable"
    assert actions(document["plan"]) == UNRECORDED
    states = {each["name"]: each["state"] for each in document["migrations"] if each["app"] == "shop"}
    assert [states[name] for name in reversed(AFTER_ORDER)] == ["missing", "applied", "missing", "missing", "missing"]
    dry = reconcile(ahead, "--dry-run", code=1)
    assert "DELETE FROM django_migrations WHERE app = 'shop' AND name = '0004_rules';" in dry.out
    assert everything(ahead.database) == before


def test_undo_writes_the_records_again(ahead: Project) -> None:
    before = records(ahead.database)
    reconcile(ahead)
    ahead.manage("schemaguard", "undo").expect(0)
    assert sorted(records(ahead.database)) == sorted(before)


def _with_late(tmp_path: Path, database: Database) -> Project:
    """A shop as `ahead`, and an app that depends on what never ran there."""
    thing = _thing("Thing", "shop", "0008_no_stock")
    project = make_project(
        tmp_path,
        apps={**SHOP, "late": {"models": _models("Thing"), "migrations": {"0001_initial": thing}}},
        settings={"INSTALLED_APPS": [*INSTALLED["INSTALLED_APPS"], "late"]},
        database=database,
    )
    project.manage("migrate", "auth").expect(0)
    project.manage("migrate", "shop", "0003").expect(0)
    project.manage("migrate", "stock").expect(0)
    project.manage("migrate", "shop", "--fake").expect(0)
    project.manage("migrate", "late", "--fake").expect(0)
    return project


def test_what_depends_on_them_goes_along_whatever_app_it_is_of(tmp_path: Path, database: Database) -> None:
    """No migration may be recorded before what it depends on."""
    project = _with_late(tmp_path, database)
    performed = actions(reconcile(project, "shop", "--format", "json").json["performed"])
    assert performed == [("unrecord", "0001_initial"), *UNRECORDED]
    project.manage("migrate").expect(0)
    assert verdict(project) == "in_sync"


def test_what_they_depend_on_stays_where_they_alone_are_asked_for(tmp_path: Path, database: Database) -> None:
    project = _with_late(tmp_path, database)
    performed = actions(reconcile(project, "late", "--format", "json").json["performed"])
    assert performed == [("unrecord", "0001_initial")]
    assert reconcile(project, "stock").out.startswith("nothing to do")


def test_what_they_depend_on_goes_along_where_they_are_to_run(tmp_path: Path, database: Database) -> None:
    project = _with_late(tmp_path, database)
    performed = actions(reconcile(project, "late", "--migrate", "--format", "json").json["performed"])
    run = [("run", name) for name in (*reversed(AFTER_ORDER), "0001_initial")]
    assert performed == [("unrecord", "0001_initial"), *UNRECORDED, *run]
    assert verdict(project) == "in_sync"


def test_code_right_before_them_leaves_nothing_to_see(shop: Project, clean: Any) -> None:
    result = reconcile(_faked(shop, "0004_rules"), "--format", "json")
    assert actions(result.json["performed"]) == [("unrecord", name) for name in AFTER_FILL]
    assert "whether these have run: shop.0005_fill; they stay recorded" in result.err
    shop.manage("migrate").expect(0)
    assert dump(shop.database) == clean
    assert _emails(shop.database) == [(None,)]


def test_what_is_uncertain_runs_where_it_is_said_so(shop: Project, clean: Any) -> None:
    _faked(shop, "0004_rules")
    document = reconcile(shop, "--data-migrations", "run", "--format", "json").json
    unrecorded = [("unrecord", name) for name in [*AFTER_FILL, "0005_fill"]]
    assert actions(document["performed"]) == [*unrecorded, ("run", "0005_fill")]
    shop.manage("migrate").expect(0)
    assert dump(shop.database) == clean
    assert _emails(shop.database) == [("filled@example.org",)]


def test_what_is_uncertain_stops_where_it_is_said_so(shop: Project) -> None:
    reason = refused(_faked(shop, "0004_rules"), "--data-migrations", "stop")
    assert "whether these have run: shop.0005_fill; --data-migrations run, skip or infer" in reason


def test_what_is_uncertain_is_skipped_without_a_word_where_it_is_said_so(shop: Project) -> None:
    result = reconcile(_faked(shop, "0004_rules"), "--data-migrations", "skip", "--format", "json")
    assert actions(result.json["performed"]) == [("unrecord", name) for name in AFTER_FILL]
    assert "0005_fill" not in result.err


def _models(*names: str) -> str:
    return "from django.db import models\n" + "\n".join(
        f"class {name}(models.Model):\n    id = models.BigAutoField(primary_key=True)\n" for name in names
    )


def _thing(name: str, *after: str, more: str = "", imports: str = "") -> str:
    text = f'migrations.CreateModel("{name}", [("id", models.BigAutoField(primary_key=True, serialize=False))]),{more}'
    app, migration_name = after
    return migration(text, after=[(app, migration_name)], imports=imports)


def _two_tables(tmp_path: Path, database: Database, code: str) -> Project:
    first = migration('migrations.CreateModel("One", [("id", models.BigAutoField(primary_key=True))]),')
    fill = "def fill(apps, schema_editor):\n    apps.get_model('pair', 'One').objects.create(id=7)\n"
    second = _thing("Two", "pair", "0001_initial", more=code, imports=fill)
    app: AppSource = {"models": _models("One", "Two"), "migrations": {"0001_initial": first, "0002_two": second}}
    project = make_project(
        tmp_path, apps={"pair": app}, settings={"INSTALLED_APPS": ["schemaguard", "pair"]}, database=database
    )
    project.manage("migrate", "--fake").expect(0)
    return project


def test_tables_that_no_code_filled_are_made_again(tmp_path: Path, database: Database) -> None:
    """They may as well have been dropped by hand, and to make them again comes to the same."""
    project = _two_tables(tmp_path, database, "")
    assert actions(reconcile(project, "--format", "json").json["performed"]) == [
        ("redo", "0001_initial"), ("redo", "0002_two"),
    ]  # fmt: skip
    assert verdict(project) == "in_sync"


def test_tables_that_code_filled_are_left_to_migrate(tmp_path: Path, database: Database) -> None:
    project = _two_tables(tmp_path, database, "migrations.RunPython(fill),")
    assert actions(reconcile(project, "--format", "json").json["performed"]) == [
        ("unrecord", "0002_two"), ("unrecord", "0001_initial"),
    ]  # fmt: skip
    project.manage("migrate").expect(0)
    assert verdict(project) == "in_sync"
    assert database.execute("SELECT id FROM pair_one") == [(7,)]
