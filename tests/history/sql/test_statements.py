"""Raw SQL of migrations, and the changes that it makes. What is not understood is Opaque, as it was written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemaguard.history.changes import (
    AddConstraint,
    Change,
    DropTable,
    Opaque,
)
from schemaguard.history.sql import is_about, is_about_rows, statements
from schemaguard.schema.objects import (
    Index,
)
from tests.history.sql.changes import read
from tests.history.sql.other_statements import MYSQL, OPAQUE, SQLITE
from tests.history.sql.postgresql_statements import POSTGRESQL

CASES = [
    *(("postgresql", *case) for case in POSTGRESQL),
    *(("sqlite", *case) for case in SQLITE),
    *(("mysql", *case) for case in MYSQL),
]


@pytest.mark.parametrize(("dialect", "sql", "expected"), CASES, ids=[f"{case[0]}: {case[1][:60]}" for case in CASES])
def test_statements(dialect: str, sql: str, expected: list[Change]) -> None:
    assert read(sql, dialect) == expected


@pytest.mark.parametrize(("dialect", "sql"), OPAQUE)
def test_what_is_not_understood_is_opaque_as_it_was_written(dialect: str, sql: str) -> None:
    assert read(f"  {sql}\n", dialect) == [Opaque(sql)]


def test_one_statement_that_is_not_understood_leaves_the_others_alone() -> None:
    assert read("DROP TABLE a; FROB b; DROP TABLE c;") == [DropTable("a"), Opaque("FROB b"), DropTable("c")]


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("postgresql", "CREATE TEMP TABLE t (a int); DROP TABLE t; DROP TABLE t"),
        ("postgresql", "CREATE TEMP TABLE t (a int); DROP TABLE pg_temp.t; DROP TABLE t"),
        ("postgresql", "CREATE TABLE pg_temp.t (a int); ALTER TABLE t ADD b int; DROP TABLE t; DROP TABLE t"),
        ("postgresql", "CREATE TEMP TABLE t (a int); ALTER TABLE t RENAME TO u; DROP TABLE u; DROP TABLE t"),
        ("sqlite", "CREATE TEMPORARY TABLE t (a); DROP TABLE temp.t; DROP TABLE t"),
        ("mysql", "CREATE TEMPORARY TABLE t (a int); DROP TEMPORARY TABLE IF EXISTS t; DROP TABLE t"),
        ("mysql", "DROP TEMPORARY TABLE u; DROP TABLE t"),
    ],
)
def test_a_temporary_table_hides_its_namesake_until_it_is_dropped(dialect: str, sql: str) -> None:
    assert read(sql, dialect) == [DropTable("t")]


@pytest.mark.parametrize(
    "turn", ["SET search_path TO s", "SET LOCAL search_path = s, public", "SET SCHEMA 's'", "USE other"]
)
def test_bare_names_mean_nothing_after_the_search_path_has_moved(turn: str) -> None:
    assert read(f"DROP TABLE a; {turn}; DROP TABLE b; UPDATE c SET d = 1") == [
        DropTable("a"),
        Opaque(turn),
        Opaque("DROP TABLE b"),
    ]


@pytest.mark.parametrize("dialect", ["postgresql", "sqlite", "mysql"])
def test_a_script_is_cut_into_its_statements(dialect: str) -> None:
    assert statements("DROP TABLE a ; -- b;\nUPDATE c SET d = ';';", dialect=dialect) == [
        "DROP TABLE a",
        "UPDATE c SET d = ';'",
    ]


def test_the_script_of_an_unknown_vendor_is_one_statement() -> None:
    assert statements("DROP TABLE a; DROP TABLE b", dialect="oracle") == ["DROP TABLE a; DROP TABLE b"]


@pytest.mark.parametrize(
    ("dialect", "sql", "expected"),
    [
        ("postgresql", "DROP TABLE a; DROP TABLE b", False),
        ("postgresql", "DROP TABLE a; UPDATE b SET c = 1", True),
        ("oracle", "DROP TABLE a", True),
    ],
)
def test_a_script_is_about_rows_where_one_statement_may_be(dialect: str, sql: str, expected: bool) -> None:
    assert is_about_rows(sql, dialect=dialect) is expected


def test_nothing_is_believed_of_a_script_that_rolls_back() -> None:
    assert read("BEGIN; DROP TABLE a; ROLLBACK") == [Opaque("DROP TABLE a"), Opaque("ROLLBACK")]


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("3", set()),
        ("now() - interval '1 day'", set()),
        ("lower(Name) = 'x'", {"name"}),
        ('"Name" || t.code::text', {"Name", "code"}),
        ("data->>'a' IS NOT NULL AND (a, b) IN ((1, 2))", {"data", "a", "b"}),
        ("current_user = owner", {"owner"}),
    ],
)
def test_columns_that_an_expression_reads(text: str, columns: set[str]) -> None:
    (change,) = read(f"CREATE INDEX i ON t (z) WHERE {text}")
    assert isinstance(change, AddConstraint)
    assert isinstance(change.constraint, Index)
    assert change.constraint.condition is not None
    assert change.constraint.condition.columns == columns


@given(st.text(), st.sampled_from(["postgresql", "sqlite", "mysql", "oracle"]))
def test_garbage_is_opaque_or_nothing(text: str, dialect: str) -> None:
    assert {type(change) for change in read(text, dialect)} <= {Opaque}


STATEMENTS = [(dialect, sql) for dialect, sql, _ in CASES] + OPAQUE
PIECES = sorted({piece for _, sql in STATEMENTS for piece in sql.replace("(", " ( ").replace(",", " , ").split()})


@given(st.lists(st.sampled_from(PIECES)), st.sampled_from(["postgresql", "sqlite", "mysql"]))
def test_shuffled_sql_never_raises(pieces: list[str], dialect: str) -> None:
    read(" ".join(pieces), dialect)


@pytest.mark.parametrize(("dialect", "sql"), STATEMENTS)
def test_cut_sql_never_raises(dialect: str, sql: str) -> None:
    for end in range(len(sql)):
        read(sql[:end], dialect)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("CREATE UNIQUE INDEX i ON report (day)", True),
        ("CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON ONLY public.report USING btree (day)", True),
        ("COMMENT ON MATERIALIZED VIEW report IS 'x'", True),
        ("COMMENT ON FUNCTION report(integer) IS 'x'", True),
        ("GRANT SELECT ON other, report TO somebody", True),
        ("REVOKE ALL ON TABLE report FROM somebody", True),
        ("CREATE INDEX i ON shop (report(hours))", False),
        ("CREATE INDEX report ON shop (hours)", False),
        ("COMMENT ON TABLE shop IS 'report'", False),
        ("GRANT report TO somebody", False),
        ("GRANT SELECT ON shop TO report", False),
        ("DROP INDEX report", False),
        ("CREATE VIEW v AS SELECT * FROM report", False),
    ],
)
def test_what_is_put_on_a_thing_names_it_as_its_target(sql: str, expected: bool) -> None:
    assert is_about(sql, "report", dialect="postgresql") is expected
