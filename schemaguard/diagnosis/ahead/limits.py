"""What the server does not allow: keys of too many bytes, names of its own that are too long, tables without a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.schema.codes import Problem
from schemaguard.schema.kinds import Kind
from schemaguard.schema.objects import Check, Constraint, Index, PrimaryKey

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from schemaguard.diagnosis.ahead.words import Obstruction, ObstructionBuilder
    from schemaguard.history.object_timeline import ConstraintTimeline, Op
    from schemaguard.location.effects import AnyEffect


def too_long(
    builder: ObstructionBuilder, op: Op, timeline: ConstraintTimeline, shape: Constraint | None
) -> Iterator[Obstruction]:
    """Of a constraint that an operation makes, on the columns as they are after it."""
    if isinstance(shape, Index | PrimaryKey):
        yield from _key(builder, op, timeline, shape)
    elif isinstance(shape, Check) and timeline.key[0] == "check":
        yield from _name(builder, op, timeline)


def _key(
    builder: ObstructionBuilder, op: Op, timeline: ConstraintTimeline, shape: Index | PrimaryKey
) -> Iterator[Obstruction]:
    most = builder.backend.longest_key
    if most is None:
        return
    types = {name: builder.state.type_of(timeline.table, name) or "" for name in shape.columns}
    texts = [name for name, kind in types.items() if "char" in kind]  # no other key is so long
    collations = {name: builder.state.collation(timeline.table, name) or "" for name in texts}
    size = builder.backend.key_bytes(shape, types, collations)
    if size > most:
        what = f"{shape.kind.words} over {', '.join(shape.columns)} of {builder.state.name_of(timeline.table)}"
        message = f"{builder.name(op)} makes {what}: its keys have up to {size} bytes, and {most} is the most"
        yield builder.about(
            op, None, shape.kind, Problem.DIFFERENT, message, name=shape.name, columns=shape.columns,
            hint="give the field a smaller max_length in the migration",
        )  # fmt: skip


def _name(builder: ObstructionBuilder, op: Op, timeline: ConstraintTimeline) -> Iterator[Obstruction]:
    table = builder.state.name_of(timeline.table) or ""
    name, most = builder.backend.usual_name(table, "", "chk"), builder.backend.connection.ops.max_name_length()
    if name is not None and most is not None and len(name) > most:
        message = (
            f"{builder.name(op)} makes a check of {table} which the server calls {name}: {len(name)} characters, and "
            f"{most} is the most (error 1059)"
        )
        yield builder.about(
            op, None, Kind.CHECK, Problem.DIFFERENT, message, table=table, hint="give the model a shorter db_table",
        )  # fmt: skip


def keyless(builder: ObstructionBuilder, op: Op, effects: Collection[AnyEffect]) -> Iterator[Obstruction]:
    """Tables that an operation leaves without a primary key, where the server wants one (`sql_require_primary_key`)."""
    if not builder.backend.wants_keys:
        return
    made = {each.timeline for each in effects if each.step and each.before is None}
    for timeline in dict.fromkeys(each.timeline.owner for each in effects):
        if timeline is None:
            continue
        table = builder.state.name_of(timeline)
        if table is None or any(each.is_primary for each in builder.state.of(timeline)):
            continue
        if timeline in made and builder.backend.makes_keys:
            continue
        does = "makes table" if timeline in made else "leaves table"
        message = (
            f"{builder.name(op)} {does} {table} without a primary key, which this server refuses "
            "(sql_require_primary_key, error 3750)"
        )
        yield builder.about(
            op, None, Kind.PRIMARY_KEY, Problem.MISSING, message, table=table,
            hint="give the table its key in the same statement, by RunSQL; or run migrate in a session with "
            "sql_require_primary_key = OFF",
        )  # fmt: skip
