"""`history`, `show` and `undo`."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from typing import Any

import pytest

from tests.harness import Database, Project, catalog_dump, records, rows
from tests.shop import JOURNAL, actions, dump, edit, everything, forget, history, mended, reconcile, unfill

ON_POSTGRESQL = pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)


def undone(project: Project, *argv: str, code: int = 0) -> str:
    result = project.manage("schemaguard", "undo", *argv).expect(code)
    return result.out if code == 0 else result.err.removeprefix("schemaguard: ").rstrip("\n")


def without_journal(database: Database) -> tuple[object, ...]:
    return catalog_dump(database, without=(JOURNAL,)), rows(database, without=(JOURNAL,)), records(database)


def refuses(project: Project, *argv: str) -> str:
    """An undo that must end with 1 and nothing changed; returns its one line."""
    before = everything(project.database)
    line = undone(project, *argv, code=1)
    assert everything(project.database) == before
    assert len(line.splitlines()) == 1
    return line


def test_without_a_journal_there_is_nothing(shop: Project) -> None:
    before = everything(shop.database)
    assert shop.manage("schemaguard", "history").expect(0).out == "no entries\n"
    assert history(shop) == []
    assert undone(shop) == "nothing to undo\n"
    assert undone(shop, "3", code=2) == "the journal has no entry 3; schemaguard history lists them"
    assert shop.manage("schemaguard", "show", "1").expect(2).err == (
        "schemaguard: the journal has no entry 1; schemaguard history lists them\n"
    )
    assert undone(shop, "x", code=2) == "'x' is no entry's number; schemaguard history lists them"
    assert everything(shop.database) == before


def test_fakes_are_taken_back(shop: Project, clean: Any) -> None:
    forget(shop.database)
    before = without_journal(shop.database)
    mended(shop, clean)
    out = undone(shop)
    assert out.startswith("took back entry 1; journal entry 2\n  no longer recorded: shop.0001_initial\n")
    assert without_journal(shop.database) == before
    assert undone(shop) == "nothing to undo\n"
    assert refuses(shop, "1") == "entry 1 is undone already; nothing was changed"
    assert refuses(shop, "2") == "entry 2 was made by undo, which is not taken back; nothing was changed"
    newest, oldest = history(shop)
    assert (newest["command"], newest["status"], oldest["command"], oldest["status"]) == (
        "undo", "done", "reconcile", "undone"
    )  # fmt: skip
    assert newest["fingerprint_before"] == oldest["fingerprint_after"]
    assert newest["fingerprint_after"] == oldest["fingerprint_before"]
    mended(shop, clean)  # and the other way again


def test_history_and_show_tell_who_did_what_from_where(shop: Project) -> None:
    forget(shop.database)
    reconcile(shop)
    (entry,) = history(shop)
    assert entry["id"] == 1
    assert entry["user"]
    assert entry["host"]
    assert entry["version"]
    assert entry["started"] <= entry["finished"]
    assert entry["fingerprint_before"] != entry["fingerprint_after"]
    assert entry["plan_hash"].startswith("sha256:")
    assert actions(entry["steps"])[0] == ("fake", "0001_initial")
    lines = shop.manage("schemaguard", "history").expect(0).out.splitlines()
    assert lines[0].startswith("1  ")
    assert f"reconcile, done; {entry['user']} on {entry['host']}, schemaguard {entry['version']}" in lines[0]
    assert lines[1] == (
        "   fake shop.0001_initial, shop.0002_email, shop.0003_order, shop.0004_rules, shop.0005_fill and 3 more"
    )
    text = shop.manage("schemaguard", "show", "1").expect(0).out
    assert "fake shop.0002_email" in text
    assert "    seen: column shop_customer.email is " in text
    assert text.splitlines()[-1] == "schemaguard undo 1 takes this back"
    shown = shop.manage("schemaguard", "show", "1", "--format", "json").expect(0).json
    assert shown.items() >= {key: entry[key] for key in entry if key != "steps"}.items()
    assert set(shown["steps"][0]) == {
        "action", "app", "name", "operations", "sql", "hazards", "evidence", "records", "removes", "seconds"
    }  # fmt: skip


def test_objects_made_are_removed_and_rows_of_others_stay(shop: Project, clean: Any) -> None:
    """A table, a column that Django filled with its default, an index."""
    forget(shop.database)
    shop.database.script(
        "DROP TABLE shop_purchase_products; ALTER TABLE shop_customer DROP COLUMN active; DROP INDEX shop_price_idx"
    )
    before = without_journal(shop.database)
    mended(shop, clean)
    text = shop.manage("schemaguard", "show", "1").expect(0).out
    assert "drop table shop_purchase_products\n" in text.partition("takes this back")[2]
    undone(shop, "1")
    assert without_journal(shop.database) == before


@ON_POSTGRESQL
def test_constraints_come_back_in_the_shape_of_before(shop: Project, clean: Any) -> None:
    shop.database.script(
        "ALTER TABLE shop_product DROP CONSTRAINT shop_price_check, DROP CONSTRAINT shop_code_uniq;"
        "ALTER TABLE shop_product ADD CONSTRAINT shop_price_check CHECK (price >= 0) NOT VALID"
    )
    before = without_journal(shop.database)
    mended(shop, clean)
    undone(shop)
    assert without_journal(shop.database) == before


def test_on_sqlite_a_table_made_anew_comes_back(shop: Project, clean: Any, vendor: str) -> None:
    if vendor != "sqlite":
        pytest.skip("a table is made anew on SQLite alone")
    edit(shop.database, "shop_product", ', CONSTRAINT "shop_price_check" CHECK ("price" >= 0)', "")
    before = without_journal(shop.database)
    mended(shop, clean)
    undone(shop)
    assert without_journal(shop.database) == before
    assert shop.database.execute("PRAGMA integrity_check") == [("ok",)]


def test_pruned_records_are_put_back_as_they_were(shop: Project) -> None:
    shop.database.script(
        "INSERT INTO django_migrations (app, name, applied) VALUES ('shop', '0099_gone', '2020-01-02 03:04:05')"
    )
    before = without_journal(shop.database)
    reconcile(shop, "--prune")
    assert undone(shop) == "took back entry 1; journal entry 2\n  recorded again: shop.0099_gone\n"
    assert without_journal(shop.database) == before


def test_the_table_of_the_records_goes_with_them(shop: Project) -> None:
    shop.database.script("DROP TABLE django_migrations")
    before = without_journal(shop.database)
    reconcile(shop)
    undone(shop)
    assert without_journal(shop.database) == before


def test_a_content_type_that_was_renamed_gets_its_name_back(shop: Project) -> None:
    forget(shop.database, "0006_rename", "0007_note", "0008_no_stock")
    shop.database.script("UPDATE django_content_type SET model = 'order' WHERE model = 'purchase'")
    reconcile(shop)
    undone(shop)
    assert shop.database.execute("SELECT count(*) FROM django_content_type WHERE model = 'order'") == [(1,)]


def test_refuses_where_the_schema_has_moved_on(shop: Project) -> None:
    forget(shop.database)
    reconcile(shop)
    shop.database.script("CREATE INDEX by_hand ON shop_customer (email)")
    moved = "the schema is no longer the one that entry 1 left behind: something changed it since; nothing was changed"
    assert refuses(shop) == moved
    shop.database.script("DROP INDEX by_hand")
    forget(shop.database, "0008_no_stock")
    assert refuses(shop) == moved


def test_refuses_where_a_table_made_by_it_holds_rows(shop: Project) -> None:
    shop.database.script("DROP TABLE shop_purchase_products")
    reconcile(shop)
    shop.database.script("INSERT INTO shop_purchase_products (purchase_id, product_id) VALUES (1, 1)")
    assert refuses(shop) == (
        "entry 1 cannot be taken back without loss: table shop_purchase_products holds 1 row; nothing was changed"
    )
    shop.database.script("DELETE FROM shop_purchase_products")
    undone(shop)


def test_refuses_where_a_column_made_by_it_holds_values(shop: Project) -> None:
    shop.database.script("ALTER TABLE shop_purchase DROP COLUMN note; ALTER TABLE shop_customer DROP COLUMN email")
    reconcile(shop)
    shop.database.script("UPDATE shop_purchase SET note = 'mine'; UPDATE shop_customer SET email = 'e@example.org'")
    line = refuses(shop)
    assert line.startswith("entry 1 cannot be taken back without loss: ")
    assert "column shop_purchase.note holds 1 value" in line
    assert "column shop_customer.email holds 2 values" in line


def test_refuses_what_cannot_be_inverted(shop: Project) -> None:
    if shop.database.vendor == "postgresql":
        shop.database.script("ALTER TABLE shop_product ALTER COLUMN code TYPE varchar(20)")
    else:
        edit(shop.database, "shop_product", "varchar(40)", "varchar(20)")
    reconcile(shop)
    assert refuses(shop) == ("entry 1 cannot be taken back: column shop_product.code was altered; nothing was changed")
    assert "cannot be undone: column shop_product.code was altered" in shop.manage("schemaguard", "show", "1").out


def test_refuses_to_take_back_a_data_migration(shop: Project) -> None:
    unfill(shop.database)
    document = reconcile(shop, "--data-migrations", "run", "--format", "json").json
    assert actions(document["performed"]) == [("run", "0005_fill")]
    assert refuses(shop) == (
        "entry 1 cannot be taken back: shop.0005_fill ran code or SQL that nobody can take back; nothing was changed"
    )


def test_the_dump_is_clean_after_undo_and_reconcile(shop: Project, clean: Any) -> None:
    shop.database.script("DROP TABLE shop_purchase_products")
    for _ in range(2):
        mended(shop, clean)
        undone(shop)
    mended(shop, clean)
    assert dump(shop.database) == clean
    assert [entry["id"] for entry in history(shop)] == [5, 4, 3, 2, 1]


ON_DROP_INDEX = """
CREATE FUNCTION by_itself() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN {what}; END $$;
CREATE EVENT TRIGGER by_itself ON ddl_command_end WHEN TAG IN ('DROP INDEX') EXECUTE FUNCTION by_itself();
"""
BY_ITSELF = {
    "RAISE EXCEPTION 'no more'": "entry 1: no more; everything was rolled back",
    "CREATE INDEX strange ON stock_shelf (place)": "entry 1: the result would not be the schema of before (",
}


@ON_POSTGRESQL
@pytest.mark.parametrize("what", BY_ITSELF)
def test_a_server_that_does_otherwise(shop: Project, what: str) -> None:
    shop.database.script("DROP INDEX shop_price_idx")
    shop.database.script(ON_DROP_INDEX.format(what=what))
    reconcile(shop)
    assert refuses(shop).startswith(BY_ITSELF[what])


def on_a_terminal(project: Project, *argv: str, answer: str) -> subprocess.CompletedProcess[str]:
    """Runs a command whose standard input is a terminal, at which somebody has typed an answer."""
    environment = {**os.environ, **project.database.environment, "DJANGO_SETTINGS_MODULE": "project_settings"}
    ours, theirs = pty.openpty()
    try:
        os.write(ours, f"{answer}\n".encode())
        return subprocess.run(
            [sys.executable, "manage.py", *argv], cwd=project.path, env=environment, stdin=theirs,
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
    finally:
        os.close(ours)
        os.close(theirs)


def test_somebody_at_a_terminal_is_shown_what_is_taken_back_and_asked(shop: Project) -> None:
    forget(shop.database, "0004_rules")
    before = without_journal(shop.database)
    reconcile(shop)
    after = everything(shop.database)
    refused = on_a_terminal(shop, "schemaguard", "undo", answer="n")
    assert (refused.returncode, refused.stdout) == (1, "")
    first, step, fingerprints, question = refused.stderr.splitlines()
    assert first.startswith("1  ")
    assert step == "   fake shop.0004_rules"
    assert fingerprints.startswith("   from sha256:")
    assert question == "Take this back? [y/N] schemaguard: nothing was changed"
    assert everything(shop.database) == after

    assert on_a_terminal(shop, "schemaguard", "undo", answer="y").stdout.startswith("took back entry 1; ")
    assert without_journal(shop.database) == before


def test_with_noinput_nobody_is_asked(shop: Project) -> None:
    forget(shop.database, "0004_rules")
    reconcile(shop)
    done = on_a_terminal(shop, "schemaguard", "undo", "--noinput", answer="n")
    assert (done.returncode, done.stderr) == (0, "")
