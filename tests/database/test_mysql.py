"""The MySQL backend: its spelling of types anywhere, and what it reads where a server is there."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from django.db import DatabaseError

from schemaguard.database.mysql import MySQLBackend
from schemaguard.schema.objects import Check, Column, Expression, ForeignKey, Index, IndexPart, PrimaryKey, Table
from schemaguard.schema.questions import Question
from schemaguard.schema.text import canonical
from tests.harness import make_project, migration

if TYPE_CHECKING:
    from pathlib import Path

TYPES = [
    ("integer UNSIGNED", "int unsigned"),
    ("integer AUTO_INCREMENT", "int"),
    ("int(11)", "int"),
    ("bigint(20) unsigned", "bigint unsigned"),
    ("bool", "tinyint(1)"),
    ("tinyint(1)", "tinyint(1)"),
    ("tinyint(4)", "tinyint"),
    ("double precision", "double"),
    ("numeric(5, 2)", "decimal(5,2)"),
    ("varchar(254) COLLATE utf8mb4_bin", "varchar(254)"),
    ("datetime(6)", "datetime(6)"),
    ("ENUM('a','B')", "enum('a','B')"),
]


def backend_of(*, mariadb: bool) -> MySQLBackend:
    connection: Any = SimpleNamespace(mysql_is_mariadb=mariadb)
    return MySQLBackend(connection)


@pytest.mark.parametrize(("written", "expected"), TYPES)
def test_types_have_one_spelling(written: str, expected: str) -> None:
    assert backend_of(mariadb=False).normal_type(written) == expected
    assert backend_of(mariadb=False).normal_type(expected) == expected


def test_json_is_a_type_of_its_own() -> None:
    """On MariaDB the reader knows it by its check."""
    assert backend_of(mariadb=True).normal_type("json") == "json"
    assert backend_of(mariadb=False).normal_type("json") == "json"


def test_what_reads_the_same_is_the_same() -> None:
    same = Question("expression", "t", "(`A` = 'x' AND B > 0)", "`A`='x' and b > 0")
    kinds = Question("type", "t", "int(11)", "integer"), Question("type", "t", "int", "bigint")
    answers = backend_of(mariadb=True).same([same, *kinds])
    assert answers == {same: True, kinds[0]: True, kinds[1]: False}


BOOKS = migration(
    """
    migrations.CreateModel("Shelf", [("id", models.BigAutoField(primary_key=True))]),
    migrations.CreateModel("Book", [
        ("id", models.BigAutoField(primary_key=True)),
        ("title", models.CharField(max_length=75, unique=True)),
        ("shelf", models.ForeignKey("shop.Shelf", models.CASCADE)),
        ("on_loan", models.BooleanField(default=False)),
    ]),
    """
)
PAGES = 'migrations.AddField("book", "pages", models.PositiveIntegerField(null=True, db_index=True)),'
SHELF = "CREATE TABLE shelf (id integer AUTO_INCREMENT NOT NULL PRIMARY KEY) COMMENT 'where books stand'"
BOOK = """CREATE TABLE `b; -- ``x` (
    isbn char(13) NOT NULL PRIMARY KEY, title varchar(75) NOT NULL DEFAULT 'it''s', pages int NULL COMMENT 'so many',
    code varchar(5) COLLATE utf8mb4_bin, shelf_id int NOT NULL,
    CONSTRAINT thin CHECK (`pages` > 9), UNIQUE KEY one (shelf_id, title), KEY start (title (3)),
    CONSTRAINT stands FOREIGN KEY (shelf_id) REFERENCES shelf (id) ON DELETE CASCADE)"""


def test_a_check_locates(tmp_path: Path, mysql: Any) -> None:
    with mysql.fresh() as database:
        history = {"0001_book": BOOKS, "0002_pages": migration(PAGES, after=[("shop", "0001_book")])}
        project = make_project(tmp_path, apps={"shop": {"migrations": history}}, database=database)
        project.manage("migrate").expect(0)
        clean = project.manage("schemaguard", "check", "--format", "json").expect(0).json
        assert clean["verdict"] == "in_sync"
        assert {each["problem"] for each in clean["findings"]} == {"unmigrated"}  # there is no models.py

        database.execute("DELETE FROM django_migrations WHERE name = '0002_pages'")
        found = project.manage("schemaguard", "check", "--format", "json").expect(1).json
        assert [(each["name"], each["state"]) for each in found["migrations"] if each["app"] == "shop"] == [
            ("0001_book", "applied"), ("0002_pages", "present"),
        ]  # fmt: skip


def test_the_whole_schema(mysql: Any, connect: Any) -> None:
    with mysql.fresh() as database, connect(database) as connection:
        with connection.cursor() as cursor:
            for statement in (SHELF, BOOK, "CREATE VIEW v AS SELECT 1 AS one"):
                cursor.execute(statement)
        backend = MySQLBackend(connection)
        with backend.reading():
            schema = backend.read()
            with pytest.raises(DatabaseError, match="READ ONLY"), connection.cursor() as cursor:
                cursor.execute("CREATE TABLE never (a int)")
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO shelf VALUES (1)")
        assert schema.others == {("view", "v")}
        assert schema.tables["shelf"] == Table(
            name="shelf",
            columns={"id": Column(name="id", type="int", auto=True)},
            constraints=(PrimaryKey(columns=("id",), name="PRIMARY"),),
            comment="where books stand",
        )
        book = schema.tables["b; -- `x"]
        assert list(book.columns.values()) == [
            Column(name="isbn", type="char(13)"),
            Column(name="title", type="varchar(75)", default=Expression("'it''s'")),
            Column(name="pages", type="int", nullable=True, comment="so many"),
            Column(name="code", type="varchar(5)", nullable=True, collation="utf8mb4_bin"),
            Column(name="shelf_id", type="int"),
        ]
        constraints = {found.name: found for found in book.constraints}
        thin = constraints.pop("thin")
        assert isinstance(thin, Check)
        assert (canonical(thin.expression.text or "", quote="`"), thin.columns) == ("`pages` > 9", ("pages",))
        assert constraints == {
            "PRIMARY": PrimaryKey(columns=("isbn",), name="PRIMARY"),
            "one": Index(
                name="one",
                parts=(IndexPart(column="shelf_id"), IndexPart(column="title")),
                unique=True,
                constraint=True,
            ),
            "start": Index(name="start", parts=(IndexPart(column="title", opclass="(3)"),)),
            "stands": ForeignKey(
                columns=("shelf_id",),
                target="shelf",
                target_columns=("id",),
                name="stands",
                deferrable=False,
                deferred=False,
                on_delete="CASCADE",
            ),
        }


def test_a_table_is_made_again_as_the_server_says_it(mysql: Any, connect: Any) -> None:
    with mysql.fresh() as database, connect(database) as connection:
        backend = MySQLBackend(connection)
        with connection.cursor() as cursor:
            cursor.execute(SHELF)
            cursor.execute(BOOK.replace("`b; -- ``x`", "book"))
        before = backend.read().tables["book"]
        statements, later = backend.table_definition(before)
        assert later == []
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE book")
            for statement in statements:
                cursor.execute(statement)
        assert backend.read().tables["book"] == before
