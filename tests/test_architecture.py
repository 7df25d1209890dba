"""What import-linter cannot see: who may decide by the name of a vendor, and who tells timelines apart."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import schemaguard

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(schemaguard.__file__).parent
MODULES = [
    path
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.relative_to(PACKAGE).parts[0] not in ("database", "report")  # a report prints it
]


VENDORS = frozenset({"postgresql", "sqlite", "mysql", "oracle"})
TELLING = frozenset({"vendor", "pg_version", "mysql_version", "mysql_is_mariadb"})
"""Attributes of Django's connections that tell whose they are."""


def questions(tree: ast.AST) -> Iterator[int]:
    """The lines that ask whose a database is: by an attribute, or by comparing anything with a vendor's name.

    To print the name is none (an f-string), nor to hand it on to a report (`vendor=`).
    """
    printed: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.keyword) and node.arg == "vendor"):
            printed |= {id(each) for each in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in TELLING and id(node) not in printed:
            yield node.lineno
        if isinstance(node, ast.Compare):
            yield from (each.lineno for each in (node.left, *node.comparators) if _is_a_vendor(each))
        if isinstance(node, ast.MatchValue) and _is_a_vendor(node.value):
            yield node.lineno


def _is_a_vendor(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value in VENDORS


def test_what_counts_as_a_question() -> None:
    source = """
if connection.vendor == "sqlite":
    pass
match connection.vendor:
    case "sqlite": pass
parse(sql, connection.vendor)
name = dialect == "mysql"
new = getattr(connection, "pg_version", 0) or connection.pg_version
info = DatabaseInfo(vendor=connection.vendor)
raise CannotStart(f"{connection.vendor} cannot")
"""
    assert sorted(questions(ast.parse(source))) == [2, 2, 4, 5, 6, 7, 8]


def test_the_vendor_is_asked_for_in_database_alone() -> None:
    asked = {path: list(questions(ast.parse(path.read_text(encoding="utf-8")))) for path in MODULES}
    assert asked
    assert {path: lines for path, lines in asked.items() if lines} == {}


def tells_timelines_apart(tree: ast.AST) -> Iterator[int]:
    """The lines that ask of which class a timeline is: by isinstance, or by a case of a match."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "isinstance":
            asked = [node.args[1]]
        elif isinstance(node, ast.MatchClass):
            asked = [node.cls]
        else:
            continue
        names = [each for part in asked for each in ast.walk(part) if isinstance(each, ast.Name | ast.Attribute)]
        if any((each.id if isinstance(each, ast.Name) else each.attr).endswith("Timeline") for each in names):
            yield node.lineno if isinstance(node, ast.Call) else node.cls.lineno


def test_what_tells_timelines_apart() -> None:
    source = """
if isinstance(timeline, TableTimeline | ColumnTimeline):
    pass
match timeline:
    case history.ColumnTimeline(table=table): pass
    case Column(): pass
isinstance(shape, Column)
made: list[TableTimeline] = []
"""
    assert sorted(tells_timelines_apart(ast.parse(source))) == [2, 5]


def test_timelines_are_told_apart_in_history_and_location_alone() -> None:
    """Elsewhere what is done to each kind of object is grouped by it (`location.effects.by_kind`)."""
    modules = [path for path in MODULES if path.relative_to(PACKAGE).parts[0] not in ("history", "location")]
    asked = {path: list(tells_timelines_apart(ast.parse(path.read_text(encoding="utf-8")))) for path in modules}
    assert asked
    assert {path: lines for path, lines in asked.items() if lines} == {}


@pytest.mark.parametrize("vendor", ["postgresql", "sqlite", "mysql"])
def test_each_backend_brings_the_same_files(vendor: str) -> None:
    there = {path.stem for path in (PACKAGE / "database" / vendor).glob("*.py")}
    assert {"backend", "catalog", "judge", "spell", "editor", "locking"} <= there


def test_every_folder_is_a_package() -> None:
    """A folder without `__init__.py` is seen neither by import-linter nor by whoever collects packages."""
    folders = {path.parent for path in PACKAGE.rglob("*.py")}
    assert [folder for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []
