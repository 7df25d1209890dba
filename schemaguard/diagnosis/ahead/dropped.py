"""What an operation drops or renames: the editor looks it up by columns, or takes it by a name that it knows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schemaguard.diagnosis.ahead.state import Standing
from schemaguard.diagnosis.ahead.words import Obstruction, Teller
from schemaguard.diagnosis.model import Problem
from schemaguard.history.object_timeline import ConstraintLine, Op
from schemaguard.schema.objects import Index, Kind


def looked_up(teller: Teller, op: Op, line: ConstraintLine, before: Any, after: Any) -> Iterator[Obstruction]:
    """What the editor looks for, by columns or by name, before it drops or renames it."""
    kind = next((each for each in line.key if each != "again"), "")
    renamed = after is not None and after.named and after.name != before.name
    if after is not None and not renamed:
        return
    if kind in ("unique_together", "index_together"):
        yield from _by_columns(teller, op, line, before)
    elif kind == "unique" and teller.vendor == "postgresql":
        for standing in teller.state.matching(line.table, before.columns, unique=True):
            yield from _no_constraint(teller, op, line, standing)
    elif before.named and before.name:
        yield from _by_name(teller, op, line, before, renamed=renamed)


def _by_columns(teller: Teller, op: Op, line: ConstraintLine, before: Any) -> Iterator[Obstruction]:
    """`_delete_composed_index`, and RenameIndex without an old name: exactly one."""
    table = teller.state.name_of(line.table)
    found = teller.state.matching(line.table, before.columns, unique=before.unique)
    if len(found) > 1 and before.unique:
        usual = teller.state.usual_unique_name(table, before.columns)
        found = [each for each in found if each.name == usual] or found
    if len(found) == 1:
        if before.unique and teller.vendor == "postgresql":
            yield from _no_constraint(teller, op, line, found[0])
        return
    what = f"{before.kind.words} over ({', '.join(before.columns)}) of {table}"
    if not found:
        message = f"{teller.name(op)} looks for the {what}, and there is none"
        yield teller.about(op, line, before.kind, Problem.MISSING, message, columns=before.columns)
        return
    names = ", ".join(str(each.name) for each in found)
    stranger = next((each for each in found if each.line is not line), found[-1])
    message = f"{teller.name(op)} looks for the one {what}, and there are {len(found)}: {names}"
    hint = f"drop the one that nobody needs: DROP INDEX {teller.quoted(stranger.name)}"
    if stranger.is_constraint and teller.vendor == "postgresql":
        hint = f"drop the one that nobody needs: {teller.drop_constraint(table, stranger.name)}"
    yield teller.about(
        op, None, before.kind, Problem.EXTRA, message, name=stranger.name, columns=before.columns, hint=hint,
        table=table,
    )  # fmt: skip


def _no_constraint(teller: Teller, op: Op, line: ConstraintLine, standing: Standing) -> Iterator[Obstruction]:
    """PostgreSQL drops a constraint of that name, and there is an index alone."""
    if standing.is_constraint:
        return
    table = teller.state.name_of(line.table)
    name = teller.quoted(standing.name)
    what = f"the constraint {standing.name} of {table}, which is a unique index and no constraint"
    message = f"{teller.name(op)} drops {what}"
    hint = f"ALTER TABLE {teller.quoted(table)} ADD CONSTRAINT {name} UNIQUE USING INDEX {name}"
    if not standing.is_plain:
        hint = f"drop it: DROP INDEX {name}"
    yield teller.about(
        op, standing.line, Kind.UNIQUE, Problem.DIFFERENT, message, name=standing.name, columns=standing.columns,
        hint=hint, table=table, expected="a constraint", actual="a unique index",
    )  # fmt: skip


def _by_name(teller: Teller, op: Op, line: ConstraintLine, before: Any, *, renamed: bool) -> Iterator[Obstruction]:
    table = teller.state.name_of(line.table)
    as_index = isinstance(before, Index) and not (before.unique and before.constraint)
    if teller.vendor == "sqlite" and not as_index:
        return  # the table is made anew without it
    standing = teller.state.named(line.table, before.name)
    if standing is None:
        editor: Any = teller.located.backend.connection.SchemaEditorClass
        if as_index and not renamed and "IF EXISTS" in editor.sql_delete_index:
            return
        message = (
            f"{teller.name(op)} takes {before.kind.words} {before.name} of {table} by that name, and there is none"
        )
        yield teller.about(op, line, before.kind, Problem.MISSING, message, name=before.name, columns=before.columns)
    elif isinstance(before, Index) and teller.vendor == "postgresql" and not renamed:
        if not as_index:
            yield from _no_constraint(teller, op, line, standing)
