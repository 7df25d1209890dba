"""What is longer than the server allows: a key in bytes, and a name that the server makes by itself."""

from __future__ import annotations

from collections.abc import Iterator

from schemaguard.diagnosis.ahead.words import Obstruction, ObstructionBuilder
from schemaguard.history.object_timeline import ConstraintTimeline, Op
from schemaguard.schema.kinds import Kind, Problem
from schemaguard.schema.objects import Check, Constraint, Index, PrimaryKey


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
