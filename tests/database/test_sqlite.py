"""The SQLite backend: what Django makes and what people write by hand, read back as whole values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.apps.registry import Apps
from django.db import models
from django.db.models.functions import Lower

from schemaguard.database.sqlite import SQLiteBackend
from schemaguard.schema.objects import (
    Check,
    Column,
    Expression,
    ForeignKey,
    Index,
    IndexPart,
    Owner,
    PrimaryKey,
    Schema,
    Table,
)
from tests.database.sqlite_connections import run, sqlite_connection
from tests.harness import CONDITION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper


@pytest.fixture
def connection(django_db_blocker: Any) -> Iterator[BaseDatabaseWrapper]:
    with django_db_blocker.unblock(), sqlite_connection() as made:
        yield made


def read(connection: BaseDatabaseWrapper) -> Schema:
    backend = SQLiteBackend(connection)
    with backend.reading():
        return backend.read()


def table_of(connection: BaseDatabaseWrapper, sql: str, name: str = "t") -> Table:
    run(connection, sql)
    return read(connection).tables[name]


def columns(*made: Column) -> dict[str, Column]:
    return {column.name: column for column in made}


def text(sql: str, *names: str) -> Expression:
    return Expression(sql, frozenset(names))


def on(*names: str) -> tuple[IndexPart, ...]:
    return tuple(IndexPart(column=name) for name in names)


def test_the_tables_of_django(connection: BaseDatabaseWrapper) -> None:
    registry = Apps()
    thin: dict[str, Any] = {CONDITION: models.Q(pages__lt=9000)}

    class Shelf(models.Model):  # noqa: DJ008
        id = models.AutoField(primary_key=True)
        code = models.CharField(max_length=20, unique=True, db_collation="NOCASE")

        class Meta:
            apps = registry
            app_label = "library"

    class Book(models.Model):  # noqa: DJ008
        id = models.AutoField(primary_key=True)
        title = models.CharField(max_length=75, db_index=True)
        pages = models.PositiveIntegerField(null=True)
        price = models.DecimalField(max_digits=6, decimal_places=2)
        extra = models.JSONField()
        shelf = models.ForeignKey("Shelf", models.CASCADE)

        class Meta:
            apps = registry
            app_label = "library"
            constraints = (
                models.CheckConstraint(name="thin", **thin),
                models.UniqueConstraint(fields=["shelf", "title"], name="one_title"),
                models.UniqueConstraint(fields=["title"], name="long", condition=models.Q(pages__gt=9)),
            )
            indexes = (
                models.Index("title", models.F("pages").desc(), name="down"),
                models.Index(Lower("title").desc(), name="lower_title"),
            )

    with connection.schema_editor() as editor:
        editor.create_model(Shelf)
        editor.create_model(Book)
    schema = read(connection)
    assert schema.tables["library_shelf"] == Table(
        name="library_shelf",
        columns=columns(
            Column(name="id", type="integer", auto=True), Column(name="code", type="varchar(20)", collation="NOCASE")
        ),
        constraints=(PrimaryKey(columns=("id",)), Index(name=None, parts=on("code"), unique=True, constraint=True)),
    )
    book = schema.tables["library_book"]
    assert book.columns == columns(
        Column(name="id", type="integer", auto=True),
        Column(name="title", type="varchar(75)"),
        Column(name="pages", type="integer unsigned", nullable=True),
        Column(name="price", type="decimal"),
        Column(name="extra", type="text"),
        Column(name="shelf_id", type="integer"),
    )
    named = {getattr(constraint, "name", None): constraint for constraint in book.constraints}
    assert [constraint for constraint in book.constraints if constraint.name is None] == [
        PrimaryKey(columns=("id",)),
        Check(expression=text('"pages" >= 0', "pages"), columns=("pages",)),
        Check(expression=text('(JSON_VALID("extra") OR "extra" IS NULL)', "extra"), columns=("extra",)),
        ForeignKey(columns=("shelf_id",), target="library_shelf", target_columns=("id",)),
    ]
    assert named["thin"] == Check(expression=text('"pages" < 9000', "pages"), columns=("pages",), name="thin")
    assert named["one_title"] == Index(name="one_title", parts=on("shelf_id", "title"), unique=True, constraint=True)
    assert named["long"] == Index(name="long", parts=on("title"), unique=True, condition=text('"pages" > 9', "pages"))
    assert named["down"] == Index(
        name="down", parts=(IndexPart(column="title"), IndexPart(column="pages", descending=True))
    )
    lower = IndexPart(expression=text('LOWER("title")', "title"), descending=True)
    assert {
        constraint.parts
        for constraint in book.constraints
        if isinstance(constraint, Index) and str(constraint.name).startswith("library_book_")
    } == {
        on("title"),
        on("shelf_id"),
    }
    assert len(book.constraints) == 11
    assert named["lower_title"] == Index(name="lower_title", parts=(lower,))


def test_a_table_made_again_reads_as_before(connection: BaseDatabaseWrapper) -> None:
    registry = Apps()

    class Thing(models.Model):  # noqa: DJ008
        code = models.SlugField(unique=True)
        size = models.PositiveSmallIntegerField()

        class Meta:
            apps = registry
            app_label = "things"
            constraints = (models.UniqueConstraint(fields=["code"], name="again"),)

    with connection.schema_editor() as editor:
        editor.create_model(Thing)
    before = read(connection).tables["things_thing"]
    field = models.PositiveSmallIntegerField(null=True)
    field.set_attributes_from_name("size")
    with connection.schema_editor() as editor:
        editor.alter_field(Thing, Thing._meta.get_field("size"), field)
    after = read(connection).tables["things_thing"]
    assert after.columns["size"] == Column(name="size", type="smallint unsigned", nullable=True)
    assert after.constraints == before.constraints
    # SQLite makes one index for the two; both were asked for.
    uniques = [constraint.name for constraint in after.constraints if isinstance(constraint, Index)]
    assert uniques == [None, "again"]


ODD = r"""CREATE TABLE "t; -- 'x
é" (
    -- a comment, with (a parenthesis, and a 'string
    [the id] INTEGER CONSTRAINT pk PRIMARY KEY AUTOINCREMENT, /* , CHECK (0) */
    "a""b" VARCHAR ( 10 ) NOT NULL DEFAULT 'it''s, (' COLLATE "nocase"
        CONSTRAINT c1 CHECK ("a""b" <> ')' AND length("a""b") > 1),
    `check` DECIMAL(10,2) DEFAULT -1.5 UNIQUE ON CONFLICT IGNORE,
    'unique' bigint   unsigned DEFAULT (1 + (2)) CONSTRAINT "u 1" UNIQUE,
    bare,
    g1 AS (bare || ',') VIRTUAL,
    g2 text GENERATED ALWAYS AS (lower([a"b])) STORED,
    CONSTRAINT nn CHECK (bare > 0)
    CONSTRAINT "n,n" UNIQUE (BARE DESC, [check] COLLATE nocase),
    CHECK (json_valid("a""b"))
)"""


def test_odd_sql(connection: BaseDatabaseWrapper) -> None:
    name = "t; -- 'x\né"
    assert table_of(connection, ODD, name) == Table(
        name=name,
        columns=columns(
            Column(name="the id", type="integer", auto=True),
            Column(name='a"b', type="varchar(10)", default=text("'it''s, ('"), collation="nocase"),
            Column(name="check", type="decimal(10, 2)", nullable=True, default=text("-1.5")),
            Column(name="unique", type="bigint unsigned", nullable=True, default=text("1 + (2)")),
            Column(name="bare", type="", nullable=True),
            Column(name="g1", type="", nullable=True, generated=text("bare || ','", "bare"), stored=False),
            Column(name="g2", type="text", nullable=True, generated=text('lower([a"b])', 'a"b')),
        ),
        constraints=(
            PrimaryKey(columns=("the id",), name="pk"),
            Check(expression=text('"a""b" <> \')\' AND length("a""b") > 1', 'a"b'), columns=('a"b',), name="c1"),
            Check(expression=text("bare > 0", "bare"), columns=("bare",), name="nn"),
            Check(expression=text('json_valid("a""b")', 'a"b'), columns=('a"b',)),
            Index(name=None, parts=on("check"), unique=True, constraint=True),
            Index(name="u 1", parts=on("unique"), unique=True, constraint=True),
            Index(
                name="n,n",
                parts=(IndexPart(column="bare", descending=True), IndexPart(column="check", collation="nocase")),
                unique=True,
                constraint=True,
            ),
        ),
    )


def test_foreign_keys(connection: BaseDatabaseWrapper) -> None:
    run(connection, "CREATE TABLE Pair (x int, y int, PRIMARY KEY (y, x)) WITHOUT ROWID")
    found = table_of(
        connection,
        """CREATE TABLE t (
            a int REFERENCES pair ON DELETE SET NULL NOT NULL,
            b int CONSTRAINT named REFERENCES "gone" (z) ON UPDATE NO ACTION ON DELETE CASCADE MATCH FULL DEFERRABLE,
            c int REFERENCES pair (X) NOT DEFERRABLE INITIALLY DEFERRED CHECK (c > 0),
            CONSTRAINT two FOREIGN KEY (a, b) REFERENCES PAIR DEFERRABLE INITIALLY DEFERRED
            FOREIGN KEY (A) REFERENCES t (b) ON UPDATE RESTRICT
        )""",
    )
    at_once: Any = {"deferrable": False, "deferred": False}
    assert [constraint for constraint in found.constraints if isinstance(constraint, ForeignKey)] == [
        ForeignKey(columns=("a",), target="Pair", target_columns=("y", "x"), on_delete="SET NULL", **at_once),
        ForeignKey(
            columns=("b",), target="gone", target_columns=("z",), name="named", on_delete="CASCADE", deferred=False
        ),
        ForeignKey(columns=("c",), target="Pair", target_columns=("x",), **at_once),
        ForeignKey(columns=("a", "b"), target="Pair", target_columns=("y", "x"), name="two"),
        ForeignKey(columns=("a",), target="t", target_columns=("b",), on_update="RESTRICT", **at_once),
    ]
    assert not found.columns["a"].nullable
    assert read(connection).tables["Pair"].constraints == (PrimaryKey(columns=("y", "x")),)


def test_keys_that_are_the_row_number_and_keys_that_are_not(connection: BaseDatabaseWrapper) -> None:
    run(
        connection,
        "CREATE TABLE plain (id integer PRIMARY KEY)",
        "CREATE TABLE short (id int PRIMARY KEY)",
        "CREATE TABLE late (id INTEGER NOT NULL, PRIMARY KEY (id AUTOINCREMENT))",
        "CREATE TABLE none_at_all AS SELECT 1 AS x, 'a' AS y",
    )
    tables = read(connection).tables
    assert tables["plain"].columns["id"] == Column(name="id", type="integer")
    assert tables["short"].columns["id"] == Column(name="id", type="int", nullable=True)
    assert tables["late"].columns["id"] == Column(name="id", type="integer", auto=True)
    assert tables["none_at_all"].constraints == ()
    assert set(tables) == {"plain", "short", "late", "none_at_all"}


def test_altered_tables(connection: BaseDatabaseWrapper) -> None:
    run(
        connection,
        "CREATE TABLE old (a int CHECK (a > 0), CONSTRAINT x UNIQUE (a))",
        "ALTER TABLE old ADD COLUMN b text DEFAULT 'x' CONSTRAINT y CHECK (b <> '')",
        "ALTER TABLE old RENAME COLUMN a TO c",
        "ALTER TABLE old RENAME TO new",
    )
    assert read(connection).tables["new"].constraints == (
        Check(expression=text("c > 0", "c"), columns=("c",)),
        Check(expression=text("b <> ''", "b"), columns=("b",), name="y"),
        Index(name="x", parts=on("c"), unique=True, constraint=True),
    )


def test_views_triggers_virtual_and_temporary_tables(connection: BaseDatabaseWrapper) -> None:
    run(
        connection,
        "CREATE TABLE t (a int)",
        "CREATE TEMP TABLE t (other int)",
        "CREATE VIEW v AS SELECT a FROM main.t",
        "CREATE VIEW broken AS SELECT * FROM nowhere",
        "CREATE TRIGGER main.tr AFTER INSERT ON t BEGIN SELECT 1; END",
        "CREATE VIRTUAL TABLE words USING fts5 (body)",
        "CREATE TABLE words_of_mine (a int)",
    )
    schema = read(connection)
    assert schema.others == {("view", "v"), ("view", "broken"), ("trigger", "tr")}
    assert list(schema.tables["t"].columns) == ["a"]
    owners = {name: table.owner for name, table in schema.tables.items()}
    assert {name for name, owner in owners.items() if owner is Owner.NOBODY} == {"t", "words_of_mine"}
    assert owners["words"] is Owner.EXTENSION
    assert owners["words_data"] is Owner.EXTENSION
    assert list(schema.tables["words"].columns) == ["body"]
    assert schema.unseen == ()


def test_a_virtual_table_whose_module_is_not_there(connection: BaseDatabaseWrapper) -> None:
    run(
        connection,
        "CREATE TABLE t (a int)",
        "PRAGMA writable_schema = ON",
        "INSERT INTO sqlite_master VALUES ('table', 'lost', 'lost', 0, 'CREATE VIRTUAL TABLE lost USING gone(x)')",
        "PRAGMA writable_schema = RESET",
    )
    schema = read(connection)
    assert schema.tables["lost"] == Table(name="lost", columns={}, owner=Owner.EXTENSION)
    assert schema.tables["t"].columns == {"a": Column(name="a", type="int", nullable=True)}
    assert schema.unseen == ("columns of virtual tables (lost): no such module: gone",)
