"""Reconcile on MySQL and MariaDB: forward, statement by statement, under GET_LOCK, each noted before it begins."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.guard.shop import in_sync
from tests.harness import make_project, migration
from tests.reconcile.bookshop import GROWN, INITIAL

if TYPE_CHECKING:
    from pathlib import Path

RECORDS = "SELECT name FROM django_migrations WHERE app = 'shop' ORDER BY name"
BOTH = [("0001_initial",), ("0002_grown",)]


@pytest.fixture
def shop(tmp_path: Path, mysql: Any) -> Any:
    history = {"0001_initial": INITIAL, "0002_grown": GROWN}
    with mysql.fresh() as database:
        yield make_project(tmp_path, apps={"shop": {"migrations": history}}, database=database), database


def definitions(database: Any) -> list[Any]:
    """Of both tables, what they are made of, in no order."""
    texts = [database.execute(f"SHOW CREATE TABLE shop_{name}")[0][1] for name in ("shelf", "book")]
    return [sorted(line.strip(" ,") for line in text.split("\n")[:-1]) for text in texts]


LOST = "DELETE FROM django_migrations WHERE app = 'shop'"
TROUBLES = {
    "lost records": [LOST],
    "a lost column and a lost index": ["ALTER TABLE shop_book DROP COLUMN isbn", "DROP INDEX by_title ON shop_book"],
    "a lost unique": ["ALTER TABLE shop_book DROP INDEX one_code"],
    "stopped before the column was added": [
        "DELETE FROM django_migrations WHERE name = '0002_grown'",
        "ALTER TABLE shop_book DROP COLUMN isbn, DROP INDEX by_title, DROP INDEX one_code",
    ],
    "stopped before the foreign key was made": [LOST, "ALTER TABLE shop_book DROP FOREIGN KEY {key}, DROP INDEX {key}"],
}


@pytest.mark.parametrize("name", TROUBLES)
def test_it_ends_as_a_clean_migrate_does(shop: Any, name: str) -> None:
    project, database = shop
    project.manage("migrate").expect(0)
    database.execute("INSERT INTO shop_shelf VALUES (1)")
    database.execute("INSERT INTO shop_book (title, shelf_id, pages, isbn) VALUES ('a', 1, 3, '')")
    clean = definitions(database)
    ((key,),) = database.execute(
        "SELECT constraint_name FROM information_schema.referential_constraints WHERE constraint_schema = DATABASE()"
        " AND table_name = 'shop_book'"
    )
    for statement in TROUBLES[name]:
        database.execute(statement.format(key=key))

    project.manage("schemaguard", "reconcile", "--noinput").expect(0)

    assert definitions(database) == clean
    assert database.execute(RECORDS) == BOTH
    assert database.execute("SELECT title, pages FROM shop_book") == [("a", 3)]
    in_sync(project)
    assert project.manage("schemaguard", "reconcile", "--dry-run").expect(0)


def test_an_alteration_restates_the_whole_column(shop: Any) -> None:
    project, database = shop
    project.manage("migrate").expect(0)
    database.execute("ALTER TABLE shop_book MODIFY title varchar(90) NULL")
    database.execute("INSERT INTO shop_shelf VALUES (1)")
    database.execute("INSERT INTO shop_book (title, shelf_id, pages, isbn) VALUES (NULL, 1, 3, '')")

    refused = project.manage("schemaguard", "reconcile", "--noinput", "--on-conflict", "alter").expect(1)
    assert "1 row of shop_book (title) is NULL in a column that becomes NOT NULL" in refused.err
    database.execute("UPDATE shop_book SET title = 'b'")
    project.manage("schemaguard", "reconcile", "--noinput", "--on-conflict", "alter").expect(0)

    ((column,),) = database.execute(
        "SELECT concat_ws(' ', column_type, is_nullable, collation_name, column_comment)"
        " FROM information_schema.columns"
        " WHERE table_schema = DATABASE() AND table_name = 'shop_book' AND column_name = 'title'"
    )
    assert column == "varchar(75) NO utf8mb4_bin on the cover"
    in_sync(project)


WHOLE_TABLES = {
    "engine": ("ALTER TABLE shop_word ENGINE = MyISAM", "ENGINE MyISAM"),
    "collation": ("ALTER TABLE shop_word CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", "COLLATE utf8mb4_bin"),
    "default": ("ALTER TABLE shop_word ALTER size SET DEFAULT 7", "int NOT NULL DEFAULT 7"),
}
WORDS = migration(
    """
    migrations.CreateModel("Word", [
        ("id", models.AutoField(primary_key=True)),
        ("text", models.CharField(max_length=9)),
        ("long", models.TextField(db_collation="utf8mb4_unicode_ci")),
        ("data", models.JSONField(null=True)),
        ("size", models.IntegerField()),
    ]),
    """
)


@pytest.mark.parametrize("name", WHOLE_TABLES)
def test_what_a_table_is_comes_back(tmp_path: Path, mysql: Any, name: str) -> None:
    statement, actual = WHOLE_TABLES[name]
    with mysql.fresh() as database:
        project = make_project(tmp_path, apps={"shop": {"migrations": {"0001_words": WORDS}}}, database=database)
        project.manage("migrate").expect(0)
        clean = database.execute("SHOW CREATE TABLE shop_word")
        database.execute("INSERT INTO shop_word (text, `long`, data, size) VALUES ('a', 'b', '[1]', 1)")
        database.execute(statement)

        report = project.manage("schemaguard", "check", "--format", "json").expect(1).json
        found = {(each["level"], each["table"], each["actual"]) for each in report["findings"]}
        assert ("error", "shop_word", actual) in found
        project.manage("schemaguard", "reconcile", "--noinput", "--on-conflict", "alter").expect(0)

        again = database.execute("SHOW CREATE TABLE shop_word")[0][1].replace("AUTO_INCREMENT=2 ", "")
        assert again == clean[0][1]
        assert database.execute("SELECT text, `long`, data, size FROM shop_word") == [("a", "b", "[1]", 1)]
        in_sync(project)


def test_a_statement_that_fails_ends_it_and_the_next_run_goes_on(shop: Any) -> None:
    project, database = shop
    project.manage("migrate", "shop", "0001").expect(0)
    database.execute("INSERT INTO shop_shelf VALUES (1)")
    database.execute("ALTER TABLE shop_book ADD COLUMN isbn varchar(13) NOT NULL")
    database.execute("CREATE TRIGGER stops BEFORE UPDATE ON shop_book FOR EACH ROW SIGNAL SQLSTATE '45000'")
    database.execute("INSERT INTO shop_book (title, shelf_id, isbn) VALUES ('a', 1, '')")

    failed = project.manage("schemaguard", "reconcile", "--noinput").expect(1)

    assert "statements done, the next is UPDATE `shop_book` SET `pages` = 7" in failed.err
    assert "running it again goes on from there" in failed.err
    database.execute("DROP TRIGGER stops")
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    assert database.execute(RECORDS) == BOTH
    assert database.execute("SELECT title, pages FROM shop_book") == [("a", 7)]
    in_sync(project)


def test_each_statement_is_in_the_journal(shop: Any) -> None:
    project, database = shop
    project.manage("migrate").expect(0)
    database.execute("ALTER TABLE shop_book DROP COLUMN isbn")

    project.manage("schemaguard", "reconcile", "--noinput").expect(0)

    ((steps,),) = database.execute("SELECT steps FROM schemaguard_journal WHERE status = 'done'")
    statements = json.loads(steps)[0]["statements"]
    assert statements[0].startswith("ALTER TABLE `shop_book` ADD COLUMN `isbn`")


FILLED = migration(
    'migrations.CreateModel("Word", [("id", models.AutoField(primary_key=True)), ("text", models.TextField())]),',
    after=[("shop", "0002_grown")],
)
FILLING = migration(
    "migrations.RunPython(fill),",
    imports="""
    def fill(apps, editor):
        apps.get_model("shop", "Word").objects.create(text="one")
    """,
    after=[("shop", "0003_word")],
)
LATER = migration('migrations.AddField("word", "more", models.IntegerField(null=True)),', after=[("shop", "0004_fill")])


def test_what_was_to_run_is_run_after_an_accident(tmp_path: Path, mysql: Any) -> None:
    """Once its table is there, nothing tells any more that a data migration has not run; the journal does."""
    history = {
        "0001_initial": INITIAL, "0002_grown": GROWN, "0003_word": FILLED, "0004_fill": FILLING, "0005_later": LATER,
    }  # fmt: skip
    with mysql.fresh() as database:
        project = make_project(tmp_path, apps={"shop": {"migrations": history}}, database=database)
        project.manage("migrate").expect(0)
        database.execute("DROP TABLE shop_word")
        database.execute("DELETE FROM django_migrations WHERE name IN ('0003_word', '0004_fill')")
        source = project.path / "shop/migrations/0004_fill.py"
        text = source.read_text()
        source.write_text(text.replace("    apps.get_model", "    raise ValueError('an accident')\n    apps.get_model"))

        failed = project.manage("schemaguard", "reconcile", "--noinput").expect(1)
        assert "an accident" in failed.err
        assert database.execute("SELECT count(*) FROM shop_word") == [(0,)]
        source.write_text(text)
        project.manage("schemaguard", "reconcile", "--noinput").expect(0)

        assert database.execute("SELECT text FROM shop_word") == [("one",)]
        in_sync(project)


def test_a_second_one_waits_for_the_first(shop: Any) -> None:
    project, database = shop
    project.manage("migrate").expect(0)
    database.execute(LOST)
    other = database.connect()
    with other.cursor() as cursor:
        cursor.execute("SELECT GET_LOCK(%s, 0)", [f"schemaguard:{database.name}"])
    ended = []
    thread = threading.Thread(target=lambda: ended.append(project.manage("schemaguard", "reconcile", "--noinput").code))
    thread.start()
    time.sleep(3)
    assert not ended
    assert database.execute(RECORDS) == []
    other.close()
    thread.join(30)
    assert ended == [0]
    assert database.execute(RECORDS) == BOTH


def test_who_holds_a_table_is_named(shop: Any) -> None:
    project, database = shop
    project.manage("migrate").expect(0)
    database.execute("ALTER TABLE shop_book DROP COLUMN isbn")
    before = definitions(database)
    other = database.connect()
    with other.cursor() as cursor:
        cursor.execute("SELECT CONNECTION_ID()")
        ((number,),) = cursor.fetchall()
        cursor.execute("BEGIN")
        cursor.execute("SELECT count(*) FROM shop_book")

    refused = project.manage("schemaguard", "reconcile", "--noinput", "--lock-timeout", "1").expect(1)

    assert "a lock was not to be had within 1 s, 3 times; nothing was changed" in refused.err
    assert f"blocked by connection {number} (root, " in refused.err
    other.close()
    assert definitions(database) == before
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    in_sync(project)


def test_the_guard_stops_and_mends(shop: Any) -> None:
    project, database = shop
    project.manage("migrate").expect(0)
    database.execute("DELETE FROM django_migrations WHERE name = '0002_grown'")

    stopped = project.manage("migrate").expect(1)
    assert "it was stopped before its first statement" in stopped.err
    project.manage("migrate", "--reconcile", "--noinput").expect(0)

    assert database.execute(RECORDS) == BOTH
    in_sync(project)


def test_an_undo_takes_back_what_costs_no_row(shop: Any) -> None:
    project, database = shop
    project.manage("migrate").expect(0)
    database.execute("ALTER TABLE shop_book DROP COLUMN isbn, DROP INDEX by_title")
    database.execute("DELETE FROM django_migrations WHERE name = '0002_grown'")
    before = definitions(database)
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    assert definitions(database) != before

    project.manage("schemaguard", "undo", "--noinput").expect(0)

    assert definitions(database) == before
    assert database.execute(RECORDS) == BOTH[:1]
    again = project.manage("schemaguard", "undo", "--noinput").expect(0)
    assert "nothing to" in again.out + again.err


def test_an_undo_that_would_cost_a_value_is_refused(shop: Any) -> None:
    project, database = shop
    project.manage("migrate").expect(0)
    database.execute("ALTER TABLE shop_book DROP COLUMN isbn")
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    database.execute("INSERT INTO shop_shelf VALUES (1)")
    database.execute("INSERT INTO shop_book (title, shelf_id, pages, isbn) VALUES ('a', 1, 3, '978')")

    refused = project.manage("schemaguard", "undo", "--noinput").expect(1)

    assert "column shop_book.isbn holds 1 value" in refused.err
    assert "nothing was changed" in refused.err
    assert database.execute("SELECT isbn FROM shop_book") == [("978",)]
