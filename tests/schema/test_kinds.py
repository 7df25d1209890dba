"""The registry of kinds: complete, unchanged where it is public, and asked by everybody."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from schemaguard.database.postgresql import catalog
from schemaguard.diagnosis.codes import CODES, MADE_BY_CODE, described_codes
from schemaguard.schema.kinds import BY_SQL_WORD, ROWS, Kind, KindRow

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).parents[2] / "schemaguard"
PUBLIC = {
    "SG101 error": "migration unrecorded", "SG103 error": "migration different",
    "SG104 warning": "migration orphaned", "SG105 error": "migration out_of_order",
    "SG106 warning": "migration unmigrated", "SG107 info": "migration incomparable",
    "SG201 error": "table missing", "SG202 warning": "table extra",
    "SG203 error": "column missing", "SG204 error": "column different", "SG205 warning": "column extra",
    "SG207 info": "column incomparable", "SG209 error": "table different", "SG210 info": "table incomparable",
    "SG301 error": "primary_key missing", "SG302 error": "primary_key different", "SG311 error": "unique missing",
    "SG312 error": "unique different", "SG313 warning": "unique extra", "SG314 info": "unique incomparable",
    "SG321 error": "foreign_key missing", "SG322 error": "foreign_key different",
    "SG323 warning": "foreign_key extra", "SG331 error": "check missing", "SG332 error": "check different",
    "SG333 warning": "check extra", "SG334 info": "check incomparable", "SG341 error": "exclusion missing",
    "SG342 error": "exclusion different", "SG343 warning": "exclusion extra", "SG344 info": "exclusion incomparable",
    "SG351 error": "index missing", "SG352 error": "index different", "SG353 warning": "index extra",
    "SG354 info": "index incomparable", "SG401 warning": "sequence different", "SG411 error": "extension missing",
    "SG421 error": "collation missing", "SG431 warning": "comment different", "SG441 error": "view missing",
    "SG442 error": "view different", "SG444 info": "view incomparable", "SG451 error": "function missing",
    "SG452 error": "function different", "SG454 info": "function incomparable", "SG461 error": "trigger missing",
    "SG462 error": "trigger different", "SG464 info": "trigger incomparable", "SG471 error": "rule missing",
    "SG472 error": "rule different", "SG474 info": "rule incomparable",
}  # fmt: skip
SPECIAL = {
    "SG108": "error", "SG109": "error", "SG206": "error", "SG208": "info", "SG211": "warning", "SG212": "warning",
    "SG402": "error", "SG403": "warning", "SG463": "error",
}  # fmt: skip
MADE = {
    "table": "SG502", "column": "SG505", "unique": "SG513", "foreign_key": "SG523", "check": "SG533",
    "exclusion": "SG543", "index": "SG553", "sequence": "SG501",
}  # fmt: skip
NAMES = frozenset(kind.value for kind in Kind)


def test_every_kind_has_one_row() -> None:
    assert [row.kind for row in ROWS] == list(Kind)


def test_codes_and_levels_are_public_and_do_not_change() -> None:
    found = {
        f"{entry.code} {entry.level.value}": f"{kind.value} {problem.value}" for (kind, problem), entry in CODES.items()
    }
    assert found == PUBLIC
    assert {kind.value: entry.code for kind, entry in MADE_BY_CODE.items()} == MADE
    assert {entry.level.value for entry in MADE_BY_CODE.values()} == {"info"}
    assert {entry.code: entry.level.value for row in ROWS for entry in row.special} == SPECIAL


def test_every_code_says_in_general_what_it_is() -> None:
    assert all(entry.description for entry in described_codes().values())
    assert described_codes()["SG321"].description == "foreign key missing"


@pytest.mark.parametrize("row", [row for row in ROWS if row.reason], ids=lambda row: row.kind.value)
def test_a_reason_is_one_line(row: KindRow) -> None:
    assert "\n" not in row.reason
    assert len(row.reason) <= 100


def test_a_kind_is_words_in_a_sentence() -> None:
    assert f"{Kind.FOREIGN_KEY} {Kind.VIEW}" == "foreign key view"


def test_a_reader_looks_for_what_it_says() -> None:
    told = {word for word in NAMES if f"'{word}'" in catalog.OTHERS}
    by_shape = {Kind.VIEW_INDEX}  # read with the indexes of tables
    assert told == {kind.value for kind in catalog.KINDS - by_shape}
    assert {*BY_SQL_WORD.values(), Kind.LABEL, *by_shape} == catalog.KINDS


def test_no_string_tells_kinds_apart() -> None:
    """`timeline.kind is Kind.VIEW`, never `== "view"`. The kind of a Question is another one: 'type', 'view', …"""
    assert [*_strings()] == []


def _strings() -> Iterator[str]:
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Compare):
                sides = [node.left, *node.comparators]
                if any(_is_kind(side) for side in sides) and any(_names(side) for side in sides):
                    text = ast.unparse(node)
                    if not text.startswith("question.kind "):
                        yield f"{path.relative_to(PACKAGE)}: {text}"
            elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("CreateOther", "DropOther", "Live")):
                if any(_names(argument) for argument in node.args[:1]):
                    yield f"{path.relative_to(PACKAGE)}: {ast.unparse(node)}"


def _is_kind(node: ast.expr) -> bool:
    """`kind`, `each.kind`, `shape.kind.value`."""
    if isinstance(node, ast.Attribute) and node.attr == "value":
        node = node.value
    return getattr(node, "id", None) == "kind" or getattr(node, "attr", None) == "kind"


def _names(node: ast.expr) -> bool:
    """A string, or several, that name a kind."""
    return any(isinstance(each, ast.Constant) and each.value in NAMES for each in ast.walk(node))
