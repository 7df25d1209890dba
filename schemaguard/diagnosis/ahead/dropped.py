"""What an operation drops or renames: the editor looks it up by columns, or takes it by a name that it knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemaguard.history.changes import AGAIN
from schemaguard.schema.codes import Problem
from schemaguard.schema.kinds import Kind
from schemaguard.schema.objects import Index

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemaguard.diagnosis.ahead.state import Standing
    from schemaguard.diagnosis.ahead.words import Obstruction, ObstructionBuilder
    from schemaguard.history.object_timeline import ConstraintTimeline, Op


def looked_up(
    builder: ObstructionBuilder, op: Op, timeline: ConstraintTimeline, before: Any, after: Any
) -> Iterator[Obstruction]:
    """What the editor looks for, by columns or by name, before it drops or renames it."""
    maker = next((each for each in timeline.key if each != AGAIN), "")
    renamed = after is not None and after.named and after.name != before.name
    if after is not None and not renamed:
        return
    if maker in ("unique_together", "index_together"):
        yield from _by_columns(builder, op, timeline, before)
    elif maker == "unique" and builder.backend.drops_constraints:
        for standing in builder.state.matching(timeline.table, before.columns, unique=True):
            yield from _no_constraint(builder, op, timeline, standing)
    elif before.named and before.name:
        yield from _by_name(builder, op, timeline, before, renamed=renamed)


def _by_columns(
    builder: ObstructionBuilder, op: Op, timeline: ConstraintTimeline, before: Any
) -> Iterator[Obstruction]:
    """`_delete_composed_index`, and RenameIndex without an old name: exactly one."""
    table = builder.state.name_of(timeline.table)
    found = builder.state.matching(timeline.table, before.columns, unique=before.unique)
    if len(found) > 1 and before.unique:
        usual = builder.state.usual_unique_name(table, before.columns)
        found = [each for each in found if each.name == usual] or found
    if len(found) == 1:
        if before.unique and builder.backend.drops_constraints:
            yield from _no_constraint(builder, op, timeline, found[0])
        return
    what = f"{before.kind.words} over ({', '.join(before.columns)}) of {table}"
    if not found:
        message = f"{builder.name(op)} looks for the {what}, and there is none"
        yield builder.about(op, timeline, before.kind, Problem.MISSING, message, columns=before.columns)
        return
    names = ", ".join(str(each.name) for each in found)
    stranger = next((each for each in found if each.timeline is not timeline), found[-1])
    message = f"{builder.name(op)} looks for the one {what}, and there are {len(found)}: {names}"
    hint = f"drop the one that nobody needs: DROP INDEX {builder.quoted(stranger.name)}"
    if stranger.is_constraint and builder.backend.drops_constraints:
        hint = f"drop the one that nobody needs: {builder.drop_constraint(table, stranger.name)}"
    yield builder.about(
        op, None, before.kind, Problem.EXTRA, message, name=stranger.name, columns=before.columns, hint=hint,
        table=table,
    )  # fmt: skip


def _no_constraint(
    builder: ObstructionBuilder, op: Op, timeline: ConstraintTimeline, standing: Standing
) -> Iterator[Obstruction]:
    """PostgreSQL drops a constraint of that name, and there is an index alone."""
    if standing.is_constraint:
        return
    table = builder.state.name_of(timeline.table)
    name = builder.quoted(standing.name)
    what = f"the constraint {standing.name} of {table}, which is a unique index and no constraint"
    message = f"{builder.name(op)} drops {what}"
    hint = f"ALTER TABLE {builder.quoted(table)} ADD CONSTRAINT {name} UNIQUE USING INDEX {name}"
    if not standing.is_plain:
        hint = f"drop it: DROP INDEX {name}"
    yield builder.about(
        op, standing.timeline, Kind.UNIQUE, Problem.DIFFERENT, message, name=standing.name, columns=standing.columns,
        hint=hint, table=table, expected="a constraint", actual="a unique index",
    )  # fmt: skip


def _by_name(
    builder: ObstructionBuilder, op: Op, timeline: ConstraintTimeline, before: Any, *, renamed: bool
) -> Iterator[Obstruction]:
    table = builder.state.name_of(timeline.table)
    as_index = isinstance(before, Index) and not (before.unique and before.constraint)
    if builder.backend.remakes_tables and not as_index:
        return  # the table is made anew without it
    standing = builder.state.named(timeline.table, before.name)
    if standing is None:
        editor: Any = builder.backend.connection.SchemaEditorClass
        if as_index and not renamed and "IF EXISTS" in editor.sql_delete_index:
            return
        message = (
            f"{builder.name(op)} takes {before.kind.words} {before.name} of {table} by that name, and there is none"
        )
        yield builder.about(
            op, timeline, before.kind, Problem.MISSING, message, name=before.name, columns=before.columns
        )
    elif isinstance(before, Index) and builder.backend.drops_constraints and not renamed:
        if not as_index:
            yield from _no_constraint(builder, op, timeline, standing)
