"""The text of CREATE TABLE and CREATE INDEX, as odd as SQLite takes it."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from schemaguard.database.sqlite.ddl import (
    CheckText,
    ForeignKeyText,
    IndexText,
    KeyPart,
    TableText,
    UniqueText,
    column_texts,
    read_index,
    read_table,
    with_columns,
    with_more,
)
from schemaguard.database.sqlite.renaming import over_renamed_columns

A = KeyPart("a", "a")
TABLES = [
    ("CREATE TABLE t (a CONSTRAINT c DEFAULT (1 + (2)) CHECK (a > 0))", TableText(checks=[CheckText(None, "a > 0")])),
    (
        "CREATE TABLE t (a DEFAULT -1 UNIQUE, b DEFAULT 'x' UNIQUE)",
        TableText(uniques=[UniqueText(None, (A,)), UniqueText(None, (KeyPart("b", "b"),))]),
    ),
    # SQLite takes a deferral that nothing can be deferred of for a comment.
    ("CREATE TABLE t (a NOT NULL DEFERRABLE INITIALLY DEFERRED)", TableText()),
    (
        "CREATE TABLE t (a REFERENCES o (id) MATCH FULL ON DELETE SET NULL ON UPDATE NO ACTION NOT DEFERRABLE)",
        TableText(foreign_keys=[ForeignKeyText(None, ("a",))]),
    ),
    (
        "CREATE TABLE t (a REFERENCES o DEFERRABLE INITIALLY DEFERRED UNIQUE)",
        TableText(
            foreign_keys=[ForeignKeyText(None, ("a",), deferrable=True, deferred=True)],
            uniques=[UniqueText(None, (A,))],
        ),
    ),
    (
        "CREATE TABLE t (a, CONSTRAINT k PRIMARY KEY (a) CONSTRAINT u UNIQUE (a COLLATE nocase DESC))",
        TableText(primary_key="k", uniques=[UniqueText("u", (KeyPart("a", "a", "nocase", True),))]),
    ),
    ("CREATE TABLE t (a AS (1), b)", TableText(generated={"a": "1"})),
    ("CREATE TABLE t (a integer, PRIMARY KEY (a AUTOINCREMENT))", TableText(autoincrement=True)),
    ("CREATE TABLE t AS SELECT 1 AS a", TableText()),
]


@pytest.mark.parametrize(("sql", "expected"), TABLES)
def test_a_table(sql: str, expected: TableText) -> None:
    with sqlite3.connect(":memory:") as connection:
        connection.execute(sql)  # it is SQL
        ((kept,),) = connection.execute("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 't'")
    assert read_table(sql) == expected
    assert read_table(kept) == expected


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("CREATE INDEX i ON t (a);", IndexText((A,))),
        ("CREATE INDEX i ON t (a ASC) WHERE a > 0;", IndexText((A,), "a > 0")),
        (
            "CREATE INDEX i ON t (a || b COLLATE nocase, (a) COLLATE nocase COLLATE rtrim)",
            IndexText((KeyPart("a || b COLLATE nocase", None), KeyPart("a", "a", "rtrim"))),
        ),
    ],
)
def test_an_index(sql: str, expected: IndexText) -> None:
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE TABLE t (a, b)")
        connection.execute(sql)
    assert read_index(sql) == expected


MORE = ['"by, ""hand" text DEFAULT \'(,\'', "[b] int"]
CHECKS = ["CHECK (\"a\" <> ')')"]


@pytest.mark.parametrize(
    "table",
    [
        'CREATE TABLE "t" ("a" integer NOT NULL)',
        'CREATE TABLE "t" ("a" integer NOT NULL, CONSTRAINT "c" UNIQUE ("a"), CHECK ("a" > 0))',
        'CREATE TABLE "t" ("a" integer NOT NULL CHECK ("a" IN (1, 2)), "check" text, UNIQUE ("a", "check"))',
    ],
)
def test_more_columns_and_constraints_come_where_they_belong(table: str) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        made = with_more(table, MORE, CHECKS)
        connection.execute(made)
        names = [row[1] for row in connection.execute("PRAGMA table_info(t)")]
        assert names == [*column_texts(table), 'by, "hand', "b"]
        assert list(column_texts(made)) == names
        assert column_texts(made)['by, "hand'] == MORE[0]
        before, after = read_table(table), read_table(made)
        assert after.checks == [*before.checks, CheckText(None, CHECKS[0].removeprefix("CHECK (").removesuffix(")"))]
        assert after.uniques == before.uniques


def test_more_columns_are_copied() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        for name in ("t", "new"):
            connection.execute(f'CREATE TABLE {name} ("a) SELECT" text, b int, "c""d" int)')
        connection.execute("INSERT INTO t VALUES ('x', 1, 2)")
        copied = 'INSERT INTO "new" ("a) SELECT") SELECT coalesce("a) SELECT", \'y\') FROM "t"'
        connection.execute(with_columns(copied, ["b", '"c""d"']))
        assert connection.execute("SELECT * FROM new").fetchall() == [("x", 1, 2)]


TRIGGER = "CREATE TRIGGER a AFTER UPDATE OF b, {0} ON t BEGIN UPDATE u SET a = NEW.{0}, b = old.{0}; END"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ('CREATE INDEX "a" ON "t" ("a", [b])', 'CREATE INDEX "a" ON "t" ("x", [b])'),
        ("CREATE INDEX i ON a (f(A), a(1)) WHERE a > 'a'", 'CREATE INDEX i ON a (f("x"), a(1)) WHERE "x" > \'a\''),
        (TRIGGER.format("a"), TRIGGER.format('"x"')),
        (TRIGGER.format('"a"'), TRIGGER.format('"x"')),
        ("CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM a; END",) * 2,
    ],
)
def test_what_is_on_a_table_follows_the_new_names_of_its_columns(sql: str, expected: str) -> None:
    assert over_renamed_columns(sql, {"a": "x"}) == expected
