"""`canonical` never changes what an expression means, and finds the spellings that differ in nothing else."""

from __future__ import annotations

import sqlite3
import time

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from schemaguard.schema.text import canonical, length_of

ALIKE = [
    ('"price" >= 0', "price >= 0"),
    ('(("price" >= 0))', "price >= 0"),
    ("( PRICE>=0 )", "price >= 0"),
    ("a IN(1,2)", "a in (1, 2)"),
    ('(JSON_VALID("x") OR "x" IS NULL)', "json_valid(x) or x is null"),
    ("LOWER ( x )", "lower(x)"),
    ('"t" . "a"', "t.a"),
    ("a  -- the first\n + /* and */ b", "a + b"),
    ("status = ANY (ARRAY['a'::TEXT,'b' :: text])", "status = any (array['a'::text, 'b'::text])"),
    ("E'it\\'s' || \"x\"", "e'it\\'s' || x"),
    ("x LIKE '\\' ESCAPE '\\'", "x like '\\' escape '\\'"),
    ("X'AB' <> x", "x'AB' <> x"),
    ("count ( * )", "count(*)"),
    ("1.5E+3>A", "1.5E+3 > a"),
    ("$A$ it's $A$ || X", "$A$ it's $A$ || x"),
]
DIFFERENT = [
    ("'A'", "'a'"),
    ("'a  b'", "'a b'"),
    ('"A"', '"a"'),
    ('"null"', "null"),
    ('"true"', "true"),
    ('"current_user"', "current_user"),
    ('x::"char"', "x::char"),
    ('"a b"', '"a  b"'),
    ("(a) or (b)", "a) or (b"),
    ("a - -1", "a --1"),
    ("(a, b) = (1, 2)", "a, b = 1, 2"),
    ("e'a' = x", "e 'a' = x"),
    ("[A b]", "[a b]"),
    ("É", "é"),
]
UNTOUCHED = [
    "'open",
    '"open',
    "A /* open",
    "A /* /* nested */ */",
    "'a'\n'B'",
    "A ; B",
    "[it's] > A",
    "A `it's`",
    "{A}",
    "A \x00",
]


@pytest.mark.parametrize(("sql", "expected"), ALIKE)
def test_one_spelling(sql: str, expected: str) -> None:
    assert canonical(sql) == expected
    assert canonical(expected) == expected


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_expressions_stay_different(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize("sql", UNTOUCHED)
def test_what_is_not_understood_stays_as_it_is(sql: str) -> None:
    assert canonical(f"  {sql}\n") == sql


@pytest.mark.parametrize("sql", ["(a) in (b)", "(select 1)", "()", "((a)", ")(", "(a, b)"])
def test_parentheses_that_count_stay(sql: str) -> None:
    assert canonical(sql).replace(" ", "") == sql.replace(" ", "")


def test_mysql_has_backslashes_in_strings_and_names_in_backticks() -> None:
    assert (
        canonical("(`A` = _UTF8MB4'it\\'s  A' AND B > \"C\")", quote="`") == "`A` = _utf8mb4'it\\'s  A' and b > \"C\""
    )
    assert canonical("A # B", quote="`") == "A # B"
    assert canonical("A -- B", quote="`") == "A -- B"


def test_it_is_fast() -> None:
    start = time.perf_counter()
    for _ in range(1000):
        canonical('"price" >= 0')
    assert time.perf_counter() - start < 0.2  # 3 ms where it was measured; a server may be busy


NAMES = ["a", "b", '"a"', '"b"', "A", '"C d"', "`b`", "[C d]", '"select"', '"Upper"', "true", "NULL", '"null"']
LITERALS = ["0", "1", "-1", "2.5", "'a'", "'A'", "'a  b'", "'it''s'", "''", "x'61'", "'\"a\"'", "'--'", "'/*'"]
BINARY = [
    "=",
    "<",
    ">=",
    "<>",
    "+",
    "-",
    "*",
    "||",
    "AND",
    "or",
    "IS",
    "is not",
    "|",
    "&",
    "<<",
    "GLOB",
    "==",
    "/",
    "%",
]
BLANKS = ["", " ", "\n", " /* A 'b */ ", " -- x'\n", "  "]
leaf = st.sampled_from(NAMES + LITERALS)


def _join(parts: list[str], blanks: list[str]) -> str:
    """The parts with blanks between them, at least one where two words would become one or `--` a comment."""
    text = parts[0]
    for part, blank in zip(parts[1:], blanks, strict=False):
        closed = text[-1] in "(),)" or part[0] in "(),"
        text += (blank or ("" if closed else " ")) + part
    return text


def _bigger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    blanks = st.lists(st.sampled_from(BLANKS), min_size=12, max_size=12)
    return st.one_of(
        st.builds(lambda x, o, y, s: _join([x, o, y], s), inner, st.sampled_from(BINARY), inner, blanks),
        st.builds(lambda x, s: _join(["(", x, ")"], s), inner, blanks),
        st.builds(lambda x, s: _join(["NOT", x], s), inner, blanks),
        st.builds(lambda x, s: _join(["-", x], s), inner, blanks),
        st.builds(
            lambda f, x, s: _join([f, "(", x, ")"], s), st.sampled_from(["lower", "Length", '"upper"']), inner, blanks
        ),
        st.builds(lambda x, y, z, s: _join([x, "in", "(", y, ",", z, ")"], s), inner, inner, inner, blanks),
        st.builds(lambda x, y, s: _join(["coalesce", "(", x, ",", y, ")"], s), inner, inner, blanks),
        st.builds(lambda x, y, s: _join(["case", "when", x, "then", y, "End"], s), inner, inner, blanks),
        st.builds(lambda x, s: _join(["cast", "(", x, "AS", "text", ")"], s), inner, blanks),
    )


expressions = st.recursive(leaf, _bigger, max_leaves=6)


def _value(sql: str) -> object:
    """What SQLite makes of it over rows that tell the columns apart; raises where it is no expression."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute('CREATE TABLE t (a, b COLLATE NOCASE, "C d", "select", "Upper", "null")')
        connection.execute("INSERT INTO t VALUES (1, 'A', 'a  b', 2, 'up', 'nul'), (0, 'a', 3, -1, x'61', NULL)")
        return connection.execute(f"SELECT ({sql}\n), typeof(({sql}\n)) FROM t").fetchall()
    finally:
        connection.close()


@settings(max_examples=600)
@given(expressions)
@example("a - - 1")
@example("(a) or (b)")
def test_the_canonical_spelling_has_the_same_value(sql: str) -> None:
    try:
        value = _value(sql)
    except sqlite3.Error:
        assume(False)
    assert _value(canonical(sql)) == value
    assert canonical(canonical(sql)) == canonical(sql)


PIECES = [
    *NAMES,
    *LITERALS,
    *BINARY,
    *BLANKS,
    *"aA1.'\"`[]()-*/,|=<>\\$:&eEuUxX\n_é",
    "--",
    "/*",
    "*/",
    "(",
    ")",
    "not",
]


@settings(max_examples=1000)
@given(st.lists(st.sampled_from(PIECES), max_size=9).map("".join))
@example("[a b]='A  b'")
@example("`b`='A'")
@example("u&'abc'")
def test_any_text_at_all_keeps_its_value(sql: str) -> None:
    spelt = canonical(sql)
    try:
        value = _value(sql)
    except (sqlite3.Error, ValueError):
        return
    assert _value(spelt) == value


def test_the_length_of_a_string_type_alone() -> None:
    assert [length_of(each) for each in ("character varying(5)", "varchar(40)", "char(32)")] == [5, 40, 32]
    others = ("text", "varchar", "character(5)", "varchar(5)[]", "timestamp(3)", "bit(8)", "numeric(5)", "interval(6)")
    assert [each for each in others if length_of(each) is not None] == []
