"""Every option of `reconcile`, and the proof that what must not write wrote nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import Database, Project, records, run_manage
from tests.shop import (
    EVERY_SHOP,
    JOURNAL,
    actions,
    dump,
    everything,
    forget,
    history,
    reconcile,
    refused,
    strange,
    unfill,
    verdict,
    widen,
)


def shape_of_no_history(database: Database) -> str:
    text = "character varying" if database.vendor == "postgresql" else "varchar"
    return (
        f"shop_product.code is in a shape that no migration gives it: it is {text}(60) NOT NULL, and not {text}(40) "
        "NOT NULL; --on-conflict alter changes it to the expected shape, --on-conflict accept leaves it as it is; "
        "nothing was changed"
    )


def break_it(database: Database) -> None:
    """Something to fake, to complete and to make again."""
    forget(database)
    database.script("DROP TABLE shop_purchase_products; DROP INDEX shop_price_idx")


def test_noinput_asks_nothing_and_without_it_nobody_answering_is_no(shop: Project, clean: Any) -> None:
    break_it(shop.database)
    before = everything(shop.database)
    result = shop.manage("schemaguard", "reconcile").expect(1)
    assert result.err.splitlines()[-1].endswith(
        "nobody answered; --noinput carries it out without a question; nothing was changed"
    )
    assert shop.manage("schemaguard", "reconcile", stdin="n\n").expect(1).err.endswith("nothing was changed\n")
    assert everything(shop.database) == before
    shop.manage("schemaguard", "reconcile", stdin="y\n").expect(0)
    assert dump(shop.database) == clean


@pytest.mark.parametrize("option", ["--dry-run", "--rehearse"])
def test_dry_run_and_rehearse_write_nothing(shop: Project, option: str) -> None:
    break_it(shop.database)
    before = everything(shop.database)
    for more in ((), ("--format", "json"), ("--prune",), ("--on-conflict", "alter")):
        result = shop.manage("schemaguard", "reconcile", option, *more).expect(1 if option == "--dry-run" else 0)
        assert "shop_purchase_products" in result.out
        assert everything(shop.database) == before


def test_dry_run_prints_sql_and_ends_with_0_where_there_is_nothing_to_do(shop: Project) -> None:
    assert shop.manage("schemaguard", "reconcile", "--dry-run").expect(0).out == "nothing to do\n"
    shop.database.script("DROP INDEX shop_price_idx")
    result = shop.manage("schemaguard", "reconcile", "--dry-run").expect(1)
    lines = result.out.splitlines()
    assert lines[0] == "redo      shop.0004_rules: make again what is missing"
    assert lines[1].strip().startswith('CREATE INDEX "shop_price_idx" ON "shop_product" ("price")')
    assert lines[-1].startswith("plan sha256:")


def test_the_sql_of_a_dry_run_does_it_by_hand(shop: Project, clean: Any) -> None:
    shop.database.script("DROP INDEX shop_price_idx; ALTER TABLE shop_customer DROP COLUMN email")
    document = shop.manage("schemaguard", "reconcile", "--dry-run", "--format", "json").expect(1).json
    for step in document["plan"]:
        shop.database.script("".join(step["sql"]))
    assert dump(shop.database) == clean


def test_rehearse_shows_locks_and_verifies(shop: Project, vendor: str) -> None:
    break_it(shop.database)
    result = shop.manage("schemaguard", "reconcile", "--rehearse").expect(0)
    assert result.out.splitlines()[-1] == "rehearsed: everything was carried out, verified, and rolled back"
    if vendor == "postgresql":
        assert "lock ShareLock on shop_product" in result.out


def test_on_conflict_stop(shop: Project) -> None:
    widen(shop.database)
    assert refused(shop) == shape_of_no_history(shop.database)
    assert refused(shop, "--on-conflict", "stop") == shape_of_no_history(shop.database)


def test_on_conflict_alter(shop: Project, clean: Any) -> None:
    widen(shop.database)
    assert actions(reconcile(shop, "--on-conflict", "alter", "--format", "json").json["performed"]) == [
        ("alter", "0004_rules")
    ]
    assert dump(shop.database) == clean
    assert verdict(shop) == "in_sync"


def test_on_conflict_accept_records_and_leaves_it(shop: Project) -> None:
    widen(shop.database)
    forget(shop.database)
    left = dump(shop.database)
    reconcile(shop, "--on-conflict", "accept")
    assert dump(shop.database) == left
    assert set(EVERY_SHOP) <= set(records(shop.database))
    assert verdict(shop) == "conflict"


def test_what_nobody_can_accept_is_a_conflict_that_is_left(shop: Project) -> None:
    """It is for things in another shape: a column that breaks every INSERT is none."""
    strange(shop.database)
    left = (
        "left to a person: column shop_purchase.x was made outside the migrations, is NOT NULL and has no "
        "default: every INSERT of Django's fails on it; give it a default, or add it to the model and run "
        "makemigrations, then manage.py schemaguard reconcile\n"
    )
    assert reconcile(shop, code=1).out == f"{left}the database is now: conflict\n"
    assert reconcile(shop, "--on-conflict", "accept", code=1).out == f"{left}the database is now: conflict\n"
    assert reconcile(shop, "--dry-run", code=1).out == left


@pytest.mark.parametrize(
    "sql", ["ALTER TABLE shop_product RENAME COLUMN code TO kode", "ALTER TABLE shop_purchase RENAME TO bought"]
)
def test_a_renamed_thing_is_accepted_with_all_that_hangs_on_it(shop: Project, sql: str) -> None:
    shop.database.script(sql)
    reconcile(shop, "--on-conflict", "accept")
    assert verdict(shop) == "conflict"


def test_what_is_accepted_is_told_apart_from_what_is_not(shop: Project) -> None:
    widen(shop.database)
    reconcile(shop, "--on-conflict", "accept")
    forget(shop.database)
    reconcile(shop, "--on-conflict", "accept")
    strange(shop.database)
    reconcile(shop, "--on-conflict", "accept", code=1)
    forget(shop.database)
    result = reconcile(shop, "--on-conflict", "accept", "--format", "json", code=1)
    assert len(result.json["performed"]) == len(EVERY_SHOP)


def test_data_migrations_infer_leaves_pending_what_nobody_can_place(shop: Project) -> None:
    unfill(shop.database)
    result = reconcile(shop)
    assert ("shop", "0005_fill") not in records(shop.database)
    assert "nothing in the catalog shows whether these have run, they stay pending: shop.0005_fill" in result.err
    assert verdict(shop) == "pending"


def test_data_migrations_stop(shop: Project) -> None:
    unfill(shop.database)
    assert refused(shop, "--data-migrations", "stop") == (
        "nothing in the catalog shows whether these have run: shop.0005_fill; --data-migrations run, skip or infer; "
        "nothing was changed"
    )


def test_data_migrations_skip_records_without_running(shop: Project) -> None:
    unfill(shop.database)
    shop.database.script("UPDATE shop_customer SET email = NULL")
    reconcile(shop, "--data-migrations", "skip")
    assert ("shop", "0005_fill") in records(shop.database)
    assert shop.database.execute("SELECT count(*) FROM shop_customer WHERE email IS NULL") == [(2,)]
    assert ("shop", "0006_rename") not in records(shop.database)


def test_data_migrations_run_runs_what_is_uncertain(shop: Project) -> None:
    unfill(shop.database)
    shop.database.script("UPDATE shop_customer SET email = NULL")
    result = reconcile(shop, "--data-migrations", "run", "--format", "json")
    assert actions(result.json["performed"]) == [("run", "0005_fill")]
    assert "filling" in result.err  # what a migration prints is no part of the document
    assert ("shop", "0005_fill") in records(shop.database)
    assert shop.database.execute("SELECT count(*) FROM shop_customer WHERE email IS NULL") == [(0,)]
    assert ("shop", "0006_rename") not in records(shop.database)


def test_infer_takes_as_applied_what_something_present_depends_on(shop: Project) -> None:
    forget(shop.database, "0005_fill")
    shop.database.script("UPDATE shop_customer SET email = NULL")
    assert actions(reconcile(shop, "--format", "json").json["performed"]) == [("fake", "0005_fill")]
    assert shop.database.execute("SELECT count(*) FROM shop_customer WHERE email IS NULL") == [(2,)]


def test_migrate_runs_what_is_pending_too(shop: Project, clean: Any) -> None:
    unfill(shop.database)
    forget(shop.database)
    document = reconcile(shop, "--migrate", "--format", "json").json
    assert document["verdict"] == "in_sync"
    assert actions(document["performed"])[:4] == [("fake", name) for _, name in EVERY_SHOP[:4]]
    assert dump(shop.database) == clean
    assert set(EVERY_SHOP) <= set(records(shop.database))


def test_migrate_alone_where_nothing_is_wrong(shop: Project, clean: Any) -> None:
    unfill(shop.database)
    assert verdict(shop) == "pending"
    reconcile(shop, "--migrate")
    assert dump(shop.database) == clean


def test_migrate_on_an_empty_database(shop: Project, database: Database, clean: Any) -> None:
    empty = shop.on(database)
    reconcile(empty, "--migrate")
    assert dump(database) == clean
    assert set(EVERY_SHOP) <= set(records(database))


def test_plan_hash_good_and_stale(shop: Project, clean: Any) -> None:
    break_it(shop.database)
    plan_hash = shop.manage("schemaguard", "reconcile", "--dry-run", "--format", "json").json["plan_hash"]
    assert plan_hash == shop.manage("schemaguard", "check", "--format", "json").json["plan_hash"]
    shop.database.script("ALTER TABLE shop_customer DROP COLUMN email")
    line = refused(shop, "--plan-hash", plan_hash)
    assert line.startswith("the plan has changed since it was reviewed: it is now sha256:")
    assert line.endswith("; nothing was changed")
    now = shop.manage("schemaguard", "reconcile", "--dry-run", "--format", "json").json["plan_hash"]
    reconcile(shop, "--plan-hash", now)
    assert dump(shop.database) == clean


def test_accept_data_loss(shop: Project, clean: Any) -> None:
    shop.database.script("ALTER TABLE shop_product ADD COLUMN stock integer NULL; UPDATE shop_product SET stock = 1")
    line = refused(shop, "--on-conflict", "alter")
    assert line == (
        "2 rows of shop_product (stock) hold a value in a column that is dropped (for example id 1, 2; "
        f'SELECT * FROM "shop_product" WHERE "stock" {shop.database.has_value}); nothing was changed; '
        "--accept-data-loss allows it"
    )
    reconcile(shop, "--on-conflict", "alter", "--accept-data-loss")
    assert dump(shop.database) == clean


def test_app_labels_mend_those_apps_alone(shop: Project) -> None:
    forget(shop.database)
    forget(shop.database, app="stock")
    assert actions(reconcile(shop, "stock", "--format", "json").json["performed"]) == [
        ("fake", "0001_squashed_0002_place")
    ]
    assert not {app for app, _ in records(shop.database)} & {"shop"}


def test_the_json_document(shop: Project) -> None:
    break_it(shop.database)
    result = reconcile(shop, "--format", "json")
    document = result.json
    assert result.err == ""
    assert document["format"] == 1
    assert document["plan"] == []
    assert document["findings"] == []
    assert {each["state"] for each in document["migrations"]} == {"applied"}
    assert document["journal"] == 1
    assert [step["name"] for step in document["performed"]] == [name for _, name in EVERY_SHOP]
    for step in document["performed"]:
        assert set(step) == {"action", "app", "name", "operations", "sql", "hazards"}
        assert bool(step["sql"]) is (step["name"] in ("0003_order", "0004_rules"))
    (entry,) = history(shop)
    assert entry["fingerprint_after"] == document["fingerprint"]
    assert actions(entry["steps"]) == actions(document["performed"])
    again = reconcile(shop, "--format", "json").json
    assert (again["performed"], again["journal"], again["verdict"]) == ([], None, "in_sync")
    assert len(history(shop)) == 1


def test_the_json_document_of_a_refusal(shop: Project) -> None:
    """The state as it is, with what is in the way, for the pipeline that wants the findings."""
    widen(shop.database)
    before = everything(shop.database)
    result = reconcile(shop, "--format", "json", code=1)
    assert result.err == f"schemaguard: {shape_of_no_history(shop.database)}\n"
    assert (result.json["verdict"], result.json["performed"], result.json["journal"]) == ("conflict", [], None)
    assert [each["code"] for each in result.json["findings"]] == ["SG204"]
    report = shop.manage("schemaguard", "check", "--format", "json").json
    assert list(result.json) == [*report, "performed", "journal"]
    assert report.items() <= result.json.items()
    for more in (("--plan-hash", "sha256:0"), ("--rehearse",), ()):
        again = shop.manage("schemaguard", "reconcile", "--format", "json", *more).expect(1)
        assert (again.json["findings"], again.json["performed"]) == (report["findings"], [])
    assert everything(shop.database) == before


def test_the_hazards_that_a_plan_is_refused_for_are_in_the_document(shop: Project) -> None:
    shop.database.script("ALTER TABLE shop_product ADD COLUMN stock integer NULL; UPDATE shop_product SET stock = 1")
    (step,) = reconcile(shop, "--format", "json", code=1).json["plan"]
    assert [each["kind"] for each in step["hazards"]] == ["rows_dropped"]


def test_no_journal_where_there_was_nothing_to_do(shop: Project) -> None:
    before = everything(shop.database)
    assert reconcile(shop).out == "nothing to do\nthe database is now: in sync\n"
    assert everything(shop.database) == before
    assert JOURNAL not in before[1]  # type: ignore[operator]


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        (("--lock-timeout", "x"), "--lock-timeout 'x': not a number of seconds"),
        (("--lock-timeout", "0"), "--lock-timeout 0: between 0 and 86400 seconds"),
        (("--on-conflict", "x"), "--on-conflict 'x': there are stop, alter, accept"),
        (("--on-conflict", ""), "--on-conflict '': there are stop, alter, accept"),
        (("--data-migrations", "x"), "--data-migrations 'x': there are infer, run, skip, stop"),
        (("--format", "x"), "--format 'x': there are text, json"),
        (("--database", "x"), 'unknown database "x": settings.DATABASES has default'),
    ],
)
def test_what_cannot_start_ends_with_2(sqlite_database: Database, argv: tuple[str, ...], line: str) -> None:
    result = run_manage(sqlite_database, "schemaguard", "reconcile", "--noinput", *argv, fork=True).expect(2)
    assert (result.out, result.err) == ("", f"schemaguard: {line}\n")
