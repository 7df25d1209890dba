"""The generic backend, over the introspection of Django's SQLite backend and over one that can do less."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import DatabaseError, models

from schemaguard.database.generic import UNSEEN, GenericBackend
from schemaguard.exceptions import CannotStart
from schemaguard.schema.kinds import Kind
from schemaguard.schema.objects import Column, Expression, ForeignKey, Index, IndexPart, PrimaryKey, Schema, Table
from schemaguard.schema.questions import Question
from tests.database.sqlite_connections import run, sqlite_connection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper


@pytest.fixture
def connection(django_db_blocker: Any) -> Iterator[BaseDatabaseWrapper]:
    with django_db_blocker.unblock(), sqlite_connection() as made:
        run(
            made,
            'CREATE TABLE shelf (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, "code" varchar(20) NOT NULL UNIQUE)',
            """CREATE TABLE book (
                isbn char(13) NOT NULL PRIMARY KEY, title text DEFAULT 'none' CHECK (title <> ''),
                shelf_id integer NOT NULL REFERENCES shelf (id) DEFERRABLE INITIALLY DEFERRED)""",
            'CREATE INDEX by_title ON "book" ("title" DESC, "isbn")',
            "CREATE INDEX lower_title ON book (lower(title))",
            "CREATE VIEW titles AS SELECT title FROM book",
        )
        yield made


def test_the_whole_schema(connection: BaseDatabaseWrapper) -> None:
    backend = GenericBackend(connection)
    with backend.reading():
        schema = backend.read()
    (unique,) = [found.name for found in schema.tables["shelf"].constraints if isinstance(found, Index)]
    shelf = Table(
        name="shelf",
        columns={
            "id": Column(name="id", type="IntegerField", auto=True),
            "code": Column(name="code", type="CharField(20)"),
        },
        constraints=(
            Index(name=unique, parts=(IndexPart(column="code"),), unique=True, constraint=True),
            PrimaryKey(columns=("id",), name="__primary__"),
        ),
    )
    book = schema.tables["book"]
    assert schema == Schema(
        vendor="sqlite",
        tables={"shelf": shelf, "book": book},
        others=frozenset({(Kind.VIEW, "titles")}),
        unseen=UNSEEN,
        kinds=frozenset({Kind.VIEW}),  # of triggers Django tells nothing
    )
    assert book.columns == {
        "isbn": Column(name="isbn", type="CharField(13)"),
        "title": Column(name="title", type="TextField", nullable=True, default=Expression("'none'")),
        "shelf_id": Column(name="shelf_id", type="IntegerField"),
    }
    made = {found.name: found for found in book.constraints}
    assert made["by_title"] == Index(
        name="by_title", parts=(IndexPart(column="title", descending=True), IndexPart(column="isbn"))
    )
    assert made["lower_title"] == Index(name="lower_title", parts=(IndexPart(expression=Expression(None)),))
    keys = [found for found in book.constraints if isinstance(found, ForeignKey)]
    assert keys == [
        ForeignKey(
            columns=("shelf_id",),
            target="shelf",
            target_columns=("id",),
            name="fk_0",
            deferrable=False,
            deferred=False,
        )
    ]


def test_its_capabilities(connection: BaseDatabaseWrapper) -> None:
    backend = GenericBackend(connection)
    assert not backend.sees_expressions
    assert backend.transactional_ddl


def test_it_never_says_that_it_has_a_lock(connection: BaseDatabaseWrapper) -> None:
    locking = GenericBackend(connection).locking
    said = (
        'database "sqlite_of_a_test": there is no lock here that keeps a second run of schemaguard waiting on sqlite; '
        "nothing was changed"
    )
    for takes in (lambda: locking.exclusive(1), locking.kept, lambda: locking.hold("book")):
        with pytest.raises(CannotStart) as refused:
            takes()
        assert str(refused.value) == said


def test_a_table_that_may_not_be_read(connection: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = connection.introspection.get_constraints

    def refuse(cursor: Any, table: str) -> Any:
        if table == "book":
            raise DatabaseError("permission denied")
        return whole(cursor, table)

    monkeypatch.setattr(connection.introspection, "get_constraints", refuse)
    schema = GenericBackend(connection).read()
    assert set(schema.tables) == {"shelf"}
    assert schema.unseen == (*UNSEEN, "table book: permission denied")


def test_an_introspection_without_sequences(connection: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(cursor: Any, table: str, table_fields: Any = ()) -> Any:
        raise NotImplementedError

    monkeypatch.setattr(connection.introspection, "get_sequences", none)
    schema = GenericBackend(connection).read()
    assert schema.tables["shelf"].columns["id"].auto
    assert schema.sequences == ()


FIELDS = [
    (models.CharField(max_length=254), "CharField(254)"),
    (models.SlugField(max_length=20), "CharField(20)"),
    (models.PositiveBigIntegerField(), "BigIntegerField"),
    (models.DecimalField(max_digits=5, decimal_places=2), "DecimalField"),
    (models.TextField(), "TextField"),
    (models.UUIDField(), "UUIDField"),
]


@pytest.mark.parametrize(("field", "expected"), FIELDS)
def test_types_are_named_by_field(
    connection: BaseDatabaseWrapper, field: models.Field[Any, Any], expected: str
) -> None:
    backend = GenericBackend(connection)
    written = field.db_type(connection)
    assert written is not None
    assert backend.normal_type(written) == expected
    assert backend.normal_type(expected) == expected


def test_only_what_is_surely_different_is_said_to_be(connection: BaseDatabaseWrapper) -> None:
    answers = {
        Question("type", "book", "varchar(10)", "CharField(10)"): True,
        Question("type", "book", "varchar(10)", "CharField(20)"): False,
        Question("type", "book", "integer", "TextField"): False,
        Question("type", "book", "integer", "BigIntegerField"): None,
        Question("type", "book", "char(32)", "CharField(32)"): None,
        Question("expression", "book", "a > 0", "a >= 0"): None,
    }
    assert GenericBackend(connection).same(answers) == answers


def test_what_it_cannot_tell(connection: BaseDatabaseWrapper) -> None:
    backend = GenericBackend(connection)
    question = Question("expression", "book", "a > 1", "(a > 1)")
    assert backend.same([question]) == {question: None}
    assert backend.spell("book", Index(name="by_title", parts=(IndexPart(column="title"),))) is None
