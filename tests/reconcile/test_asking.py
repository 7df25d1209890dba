"""Each choice that needs a person is a question of its own; nobody there, or Enter, is the safe answer."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import time
from dataclasses import replace
from shutil import copytree
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import Project, Result, migration, records, rows
from tests.reconcile.test_options import shape_of_no_history
from tests.shop import actions, dump, everything, forget, history, mended, reconcile, refused, unfill, verdict, widen

if TYPE_CHECKING:
    from pathlib import Path

RENAMED = "it seems to have been renamed: --on-conflict alter renames it back, --on-conflict accept leaves it as it is"


def answered(project: Project, *answers: str, argv: tuple[str, ...] = (), code: int = 0) -> Result:
    stdin = "".join(f"{answer}\n" for answer in answers)
    return project.manage("schemaguard", "reconcile", *argv, stdin=stdin).expect(code)


def rename_column(project: Project) -> None:
    project.database.script("ALTER TABLE shop_customer RENAME COLUMN email TO mail")


def emails(project: Project) -> list[Any]:
    return [row[0] for row in project.database.execute("SELECT email FROM shop_customer ORDER BY id")]


# -------------------------------------------------------------------------------------------------------------- columns
def test_a_column_renamed_by_hand_stops_where_nobody_is_asked(shop: Project) -> None:
    rename_column(shop)
    assert refused(shop) == (
        f"column shop_customer.email is missing, and mail has its type; {RENAMED}; nothing was changed"
    )


def test_a_column_renamed_by_hand_is_renamed_back_with_its_values(shop: Project, clean: Any) -> None:
    rename_column(shop)
    reconcile(shop, "--on-conflict", "alter")
    assert dump(shop.database) == clean
    assert emails(shop) == ["a@example.org", "b@example.org"]


def test_a_key_renamed_by_hand_is_one_cause(shop: Project, clean: Any) -> None:
    """Its primary key is over it, and foreign keys of other tables point at it: none of them is in another shape."""
    shop.database.script("ALTER TABLE shop_customer RENAME COLUMN id TO number")
    assert refused(shop) == (
        f"column shop_customer.id is missing, and number has its type; {RENAMED}; nothing was changed"
    )
    found = shop.manage("schemaguard", "check", "--format", "json").expect(1).json["findings"]
    assert [(each["kind"], each["problem"], each["name"]) for each in found] == [("column", "different", "id")]
    mended(shop, clean, "--on-conflict", "alter")


def test_a_column_renamed_by_hand_is_one_question(shop: Project, clean: Any) -> None:
    rename_column(shop)
    result = answered(shop, "alter", "y")
    assert result.err.splitlines()[:6] == [
        "",
        "column shop_customer.email is missing, and mail, which no migration makes, has its type.",
        "  alter    it was renamed: rename mail back to email, with its values",
        "  replace  it was not: drop mail and make email anew; values in mail are lost, which needs --accept-data-loss",
        "  accept   leave both as they are; check goes on reporting it",
        "  stop     change nothing at all (default)",
    ]
    assert "alter/replace/accept/stop [stop] (--on-conflict answers all such questions): " in result.err
    assert dump(shop.database) == clean
    assert emails(shop) == ["a@example.org", "b@example.org"]


@pytest.mark.parametrize("answer", ["", "stop", "s"])
def test_enter_is_the_safe_answer(shop: Project, answer: str) -> None:
    rename_column(shop)
    before = everything(shop.database)
    assert answered(shop, answer, code=1).err.endswith(f"{RENAMED}; nothing was changed\n")
    assert everything(shop.database) == before


def test_it_was_no_rename(shop: Project, clean: Any) -> None:
    """Dropped and added: the values of the stranger are counted first."""
    rename_column(shop)
    before = everything(shop.database)
    line = answered(shop, "replace", "y", code=1).err.splitlines()[-1]
    assert "2 rows of shop_customer (mail) hold a value in a column that is dropped" in line
    assert everything(shop.database) == before
    answered(shop, "replace", "y", argv=("--accept-data-loss",))
    assert dump(shop.database) == clean
    assert emails(shop) == [None, None]


def test_what_is_no_answer_is_asked_again(shop: Project, clean: Any) -> None:
    rename_column(shop)
    answered(shop, "what?", "a", "al", "y")  # `a` could be alter or accept
    assert dump(shop.database) == clean


# --------------------------------------------------------------------------------------------------------------- tables
def test_a_table_renamed_by_hand(shop: Project, clean: Any) -> None:
    shop.database.script("ALTER TABLE stock_shelf RENAME TO shelves")
    told = f"table stock_shelf is missing, and shelves has its columns or keys; {RENAMED}; nothing was changed"
    assert refused(shop) == told
    answered(shop, "alter", "y")
    assert dump(shop.database) == clean
    assert shop.database.execute("SELECT place FROM stock_shelf") == [("A1",)]


def test_what_was_renamed_by_hand_before_a_pending_migration(shop: Project, tmp_path: Path) -> None:
    """The columns are those of the records: what is still to come is no part of what tells them."""
    shop = Project(path=copytree(shop.path, tmp_path / "shop"), database=shop.database)
    pending = """
    migrations.AlterField("customer", "email", models.TextField(null=True)),
    migrations.RenameField("customer", "email", "address"),
    """
    shop.write("shop/migrations/0009_address.py", migration(pending, after=[("shop", "0008_no_stock")]))
    pending = 'migrations.AddField("shelf", "size", models.IntegerField(null=True)),'
    shop.write("stock/migrations/0003_size.py", migration(pending, after=[("stock", "0001_squashed_0002_place")]))
    rename_column(shop)
    shop.database.script("ALTER TABLE stock_shelf RENAME TO shelves")
    reconcile(shop, "--on-conflict", "alter")
    assert emails(shop) == ["a@example.org", "b@example.org"]
    assert shop.database.execute("SELECT place FROM stock_shelf") == [("A1",)]
    assert verdict(shop) == "pending"
    shop.manage("migrate").expect(0)
    assert shop.database.execute("SELECT address FROM shop_customer ORDER BY id") == [
        ("a@example.org",), ("b@example.org",)
    ]  # fmt: skip


def test_a_table_that_was_not_renamed_is_made_beside_the_other(shop: Project) -> None:
    shop.database.script("ALTER TABLE stock_shelf RENAME TO shelves")
    answered(shop, "add", "y")
    assert shop.database.execute("SELECT count(*) FROM stock_shelf") == [(0,)]
    assert shop.database.execute("SELECT place FROM shelves") == [("A1",)]
    assert verdict(shop) == "in_sync"


# --------------------------------------------------------------------------------------------------------------- shapes
def test_another_shape_is_altered_or_accepted(shop: Project, clean: Any) -> None:
    widen(shop.database)
    result = answered(shop, "accept")
    assert "shop_product.code is " in result.err
    assert "; the migrations make it " in result.err
    assert verdict(shop) == "conflict"
    answered(shop, "alter", "y")
    assert dump(shop.database) == clean


def test_each_choice_by_itself(shop: Project) -> None:
    widen(shop.database)
    rename_column(shop)
    result = answered(shop, "alter", "accept", "y")
    assert result.err.count("answers all such questions") == 2
    assert "mail" in dump(shop.database).__repr__()
    assert verdict(shop) == "conflict"
    assert [actions(entry["steps"]) for entry in history(shop)] in (
        [[("redo", "0002_email")]],
        [[("alter", "0004_rules")]],
    )


def test_what_was_said_on_the_command_line_is_not_asked(shop: Project) -> None:
    widen(shop.database)
    before = everything(shop.database)
    result = answered(shop, "alter", "y", argv=("--on-conflict", "stop"), code=1)
    assert result.err == f"schemaguard: {shape_of_no_history(shop.database)}\n"
    assert everything(shop.database) == before


def test_a_conflict_in_a_migration_that_is_not_recorded(shop: Project, clean: Any) -> None:
    widen(shop.database)
    forget(shop.database)
    assert refused(shop) == shape_of_no_history(shop.database)
    result = answered(shop, "alter", "y")
    assert result.err.count("answers all such questions") == 1
    assert dump(shop.database) == clean
    assert verdict(shop) == "in_sync"


def test_a_conflict_in_a_migration_that_is_not_recorded_is_accepted(shop: Project) -> None:
    widen(shop.database)
    left = dump(shop.database)
    forget(shop.database)
    answered(shop, "accept", "y")
    assert dump(shop.database) == left
    assert ("shop", "0004_rules") in records(shop.database)


# ------------------------------------------------------------------------------------------------------ data migrations
def test_a_data_migration_is_left_pending_run_or_recorded(shop: Project) -> None:
    unfill(shop.database)
    shop.database.script("UPDATE shop_customer SET email = NULL")
    result = answered(shop, "")
    assert "nothing in the catalog shows whether shop.0005_fill has run." in result.err
    assert "  leave  it has not: leave it pending, migrate will run it (default)" in result.err
    assert ("shop", "0005_fill") not in records(shop.database)
    answered(shop, "run", "y")
    assert ("shop", "0005_fill") in records(shop.database)
    assert emails(shop) == ["filled@example.org", "filled@example.org"]


def test_a_data_migration_that_has_run_is_recorded(shop: Project) -> None:
    unfill(shop.database)
    shop.database.script("UPDATE shop_customer SET email = NULL")
    answered(shop, "skip", "y")
    assert ("shop", "0005_fill") in records(shop.database)
    assert emails(shop) == [None, None]


def test_with_migrate_it_is_run_unless_somebody_knows_better(shop: Project, clean: Any) -> None:
    unfill(shop.database)
    shop.database.script("UPDATE shop_customer SET email = NULL")
    answered(shop, "skip", "y", argv=("--migrate",))
    assert emails(shop) == [None, None]
    assert dump(shop.database) == clean


# ------------------------------------------------------------------------------------------------------------ the whole
def test_no_is_nothing_and_nobody_there_is_said(shop: Project) -> None:
    rename_column(shop)
    before = everything(shop.database)
    assert answered(shop, "alter", "n", code=1).err.endswith("nothing was changed\n")
    assert answered(shop, code=1).err.endswith(
        "nobody answered; --noinput carries it out without a question; nothing was changed\n"
    )
    assert everything(shop.database) == before


class Terminal:
    """A command on a terminal of its own: what it shows is read, what it asks is answered."""

    def __init__(self, project: Project, *argv: str) -> None:
        ours, theirs = pty.openpty()
        self.ours = ours
        self.shown = ""
        environment = {
            **os.environ, **project.database.environment,
            "DJANGO_SETTINGS_MODULE": "project_settings", "NO_COLOR": "1", "PYTHONUTF8": "1",
        }  # fmt: skip
        command = [sys.executable, str(project.path / "manage.py"), *argv]
        self.process = subprocess.Popen(
            command, cwd=project.path, env=environment, stdin=theirs, stdout=theirs, stderr=theirs
        )
        os.close(theirs)

    def wait_for(self, text: str) -> None:
        deadline = time.monotonic() + 60
        while text not in self.shown:
            assert time.monotonic() < deadline, self.shown
            self._read()

    def say(self, text: str) -> None:
        os.write(self.ours, f"{text}\n".encode())

    def end(self) -> int:
        while self._read():
            pass
        os.close(self.ours)
        return self.process.wait(timeout=60)

    def _read(self) -> bool:
        try:
            found = os.read(self.ours, 4096)
        except OSError:  # on Linux, the end
            return False
        self.shown += found.decode()
        return bool(found)


def test_at_a_real_terminal(shop: Project, clean: Any) -> None:
    rename_column(shop)
    terminal = Terminal(shop, "schemaguard", "reconcile")
    terminal.wait_for("answers all such questions): ")
    terminal.say("alter")
    terminal.wait_for("Carry this out? [y/N] ")
    terminal.say("y")
    assert terminal.end() == 0, terminal.shown
    assert dump(shop.database) == clean


def test_a_terminal_is_told_the_step_that_takes_long(shop: Project, tmp_path: Path) -> None:
    slow = "def slow(apps, schema_editor):\n    import time\n    time.sleep(2)\n"
    source = migration("migrations.RunPython(slow),", after=[("shop", "0008_no_stock")], imports=slow)
    project = replace(shop, path=copytree(shop.path, tmp_path / "slow"))
    project.write_app("shop", {"migrations": {"0009_slow": source}})
    terminal = Terminal(project, "schemaguard", "reconcile", "--migrate", "--noinput")
    assert terminal.end() == 0, terminal.shown
    assert "schemaguard: run shop.0009_slow …" in terminal.shown
    assert terminal.shown.splitlines()[-1].startswith("the database is now: ")


def test_what_happens_while_somebody_thinks_is_not_overlooked(shop: Project) -> None:
    rename_column(shop)
    terminal = Terminal(shop, "schemaguard", "reconcile", "--on-conflict", "alter")
    terminal.wait_for("Carry this out? [y/N] ")
    shop.database.script("ALTER TABLE shop_purchase DROP COLUMN note")
    left = rows(shop.database), records(shop.database)
    terminal.say("y")
    assert terminal.end() == 1
    assert "the plan has changed since it was shown; nothing was changed" in terminal.shown
    assert (rows(shop.database), records(shop.database)) == left


# ------------------------------------------------------------------------------------------------------------- the plan
def test_the_plan_that_is_asked_about_shows_what_will_be_run(shop: Project) -> None:
    shop.database.script("DROP INDEX shop_price_idx")
    forget(shop.database, "0005_fill")
    result = answered(shop, "skip", "n", code=1)
    *_, redo, sql, fake, plan, question = result.err.splitlines()
    assert redo == "  redo      shop.0004_rules: make again what is missing"
    assert sql == '            CREATE INDEX "shop_price_idx" ON "shop_product" ("price");'
    assert fake == "  fake      shop.0005_fill: record as applied, without running it"
    assert plan.startswith("plan sha256:")
    assert question == "Carry this out? [y/N] schemaguard: nothing was changed"


def test_a_dry_run_says_that_rows_stop_it_and_what_allows_that(shop: Project) -> None:
    """The check does not scan the table, so it does not name an option that may not be needed."""
    shop.database.script("ALTER TABLE shop_product ADD stock integer; UPDATE shop_product SET stock = 1")
    assert "\nnext  manage.py schemaguard reconcile --dry-run\n" in shop.manage("schemaguard", "check").out
    dry_run = shop.manage("schemaguard", "reconcile", "--dry-run").expect(1)
    assert "\nstopped by: rows, as told above; --accept-data-loss allows it\n" in dry_run.out
    allowed = shop.manage("schemaguard", "reconcile", "--dry-run", "--accept-data-loss").expect(1)
    assert "stopped by" not in allowed.out
