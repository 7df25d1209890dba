"""Tables: missing, left, elsewhere, under another name, or of another sort; and all that hangs on them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from schemaguard.diagnosis import wording
from schemaguard.diagnosis.findings import columns, constraints
from schemaguard.diagnosis.findings.builder import Teller
from schemaguard.diagnosis.model import Finding, Problem
from schemaguard.history.object_timeline import TableLine, TableShape
from schemaguard.schema.objects import Elsewhere, Kind, Table


def findings(teller: Teller, line: TableLine) -> Iterator[Finding]:
    shape = line.steps[teller.due[line]].shape
    table = teller.matched.tables.get(line)
    view = teller.view_in_place_of(line) if table is None else None
    if view is not None:
        yield teller.about(
            line, Kind.TABLE, Problem.DIFFERENT, table=view, name=view, what=view, expected="a table", actual="a view"
        )
    elif shape is None:
        if table is not None and not teller.may_be_so(line):
            yield teller.left(line, Kind.TABLE, table.name, table.name, None)
    elif table is None:
        yield from _not_there(teller, line, shape.name)
    else:
        yield from _standing(teller, line, shape, table)
        for column in line.every_column:
            if not teller.may_be_so(column):
                yield from columns.findings(teller, column, table)
        for constraint in line.every_constraint:
            if not teller.may_be_so(constraint):
                yield from constraints.findings(teller, constraint, table)


def _not_there(teller: Teller, line: TableLine, name: str) -> Iterator[Finding]:
    others = teller.matched.elsewhere.get(line)
    if others:
        yield _elsewhere(teller, line, name, others)
    elif line.steps[teller.due[line]].op is not None:
        yield teller.about(line, Kind.TABLE, Problem.MISSING, table=name, name=name, what=f"table {name}")


def _standing(teller: Teller, line: TableLine, shape: TableShape, table: Table) -> Iterator[Finding]:
    """Its name, its comment, and what else it is."""
    if teller.matched.places[line].renamed:
        yield teller.about(
            line, Kind.TABLE, Problem.DIFFERENT, table=table.name, name=table.name, what=f"table {shape.name}",
            expected=shape.name, actual=f"renamed to {table.name}", renamed="by its columns",
        )  # fmt: skip
    elif not teller.schema.is_name_of(table.name, shape.name):
        yield teller.about(
            line, Kind.TABLE, Problem.DIFFERENT, table=table.name, name=table.name, what=f"table {table.name}",
            expected=shape.name, actual=f"still called {table.name}",
        )  # fmt: skip
    if shape.comment is not None and shape.comment != table.comment:
        yield teller.about(
            line, Kind.COMMENT, Problem.DIFFERENT, table=table.name, name=table.name,
            what=f"the comment of {table.name}", expected=shape.comment, actual=table.comment,
        )  # fmt: skip
    if teller.matched.places[line].differences.get(teller.due[line]):
        expected, actual = wording.table(shape, table)
        yield teller.about(
            line, Kind.TABLE, Problem.DIFFERENT, table=table.name, name=table.name, what=f"table {table.name}",
            expected=expected, actual=actual, because=wording.consequence(shape, table),
        )  # fmt: skip


def _elsewhere(teller: Teller, line: TableLine, name: str, others: Collection[Elsewhere]) -> Finding:
    where = " and ".join(each.schema for each in others)
    told = teller.about(
        line, Kind.TABLE, Problem.DIFFERENT, table=name, name=name, what=f"table {name}",
        expected=f"in the schema {teller.schema.home(name)}", actual=f"in the schema {where}",
        because="the search path does not lead there",
    )  # fmt: skip
    if all(each.usable for each in others) and len(others) == 1:
        return told
    found = replace(told, hint=wording.move_back(name, others, teller.schema.home(name)))
    teller.told[line] = [found]
    return found
