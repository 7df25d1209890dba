"""The timeline of one object: the shapes that it goes through, and the operation behind each."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from django.db.backends.utils import names_digest

from schemaguard.schema.kinds import KINDS, REPLACEABLE, Kind
from schemaguard.schema.objects import Column, Constraint, ForeignKey, Owner, Table, reads
from schemaguard.schema.values import value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from schemaguard.history.changes import Key

_REPLACING = re.compile(r"\s*CREATE\s+OR\s+REPLACE\b", re.IGNORECASE)

Op = tuple[int, int]
"""(position of the migration in the plan, index of the operation in it)"""
S = TypeVar("S")


@value(frozen=True, slots=True)
class Step(Generic[S]):
    """`op` led to `shape`; None as shape is 'absent', None as op is the beginning."""

    op: Op | None
    shape: S | None

    @property
    def at(self) -> Op:
        """When: the beginning comes before every operation."""
        return self.op if self.op is not None else (-1, -1)


_ABSENT: Step[Any] = Step(None, None)


@dataclass(eq=False, slots=True)
class ObjectTimeline(Generic[S]):
    """The timeline of one object. `steps[0]` is the beginning: absent, unless the object came from outside.

    `maybe_noop_ops` are operations that may have run and left the object as it was.
    `maybe_lost_steps` are steps at which it may have gone without a word. Example: SQLite's editor forgets some things
    when it makes a table anew.
    """

    steps: list[Step[S]] = field(default_factory=lambda: [_ABSENT])
    maybe_noop_ops: frozenset[Op] = field(default=frozenset(), kw_only=True)
    maybe_lost_steps: frozenset[int] = field(default=frozenset(), kw_only=True)
    holds_rows: ClassVar[bool] = False
    """Whether rows, or values of these, go with the object."""

    @property
    def shape(self) -> S | None:
        return self.steps[-1].shape

    @property
    def made_by(self) -> Op | None:
        """The operation that makes it first; None where none does."""
        return next((step.op for step in self.steps if step.shape is not None), None)

    def shape_at(self, step: int) -> S | None:
        """The shape at a step; where it is gone by then, the last one before."""
        return next((each.shape for each in reversed(self.steps[: step + 1]) if each.shape is not None), None)

    def recorded_step(self, recorded: Mapping[Op, bool]) -> int:
        """The last step whose operation is recorded; 0 where none is."""
        return self.last_step(lambda op: recorded.get(op, False))

    def last_step(self, holds: Callable[[Op], bool]) -> int:
        """The last step of whose operation that holds; 0 where it holds of none."""
        for i in range(len(self.steps) - 1, 0, -1):
            op = self.steps[i].op
            if op is not None and holds(op):
                return i
        return 0

    def shape_after(self, holds: Callable[[Op], bool]) -> S | None:
        """The shape after the operations of which that holds; None where it is gone by then, or not there yet."""
        return self.steps[self.last_step(holds)].shape

    def comes_back(self, step: int) -> bool:
        """Whether it is there again after a step at which it goes."""
        return any(each.shape is not None for each in self.steps[step + 1 :])

    @property
    def has_slack(self) -> bool:
        """Whether it may stand otherwise than its last step says, with nothing amiss."""
        return bool(self.maybe_noop_ops or self.maybe_lost_steps)

    def go(self, op: Op, shape: S | None) -> None:
        """Adds a step; several of one operation are one, and one that changes nothing is none."""
        if self.steps[-1].op == op:
            self.steps.pop()
        if not self.steps:  # pragma: no cover  # the beginning has no operation, so it is never popped
            raise AssertionError
        if self.steps[-1].shape != shape:
            self.steps.append(Step(op, shape))


@value(frozen=True, slots=True)
class TableShape:
    """What a table is beside its columns and constraints; the attributes are those of `schema.objects.Table`.

    `hands`: how often it changed its model. `left`: whether a model gave it up last, and none took it over.
    """

    name: str
    comment: str | None = None
    owner: Owner = Owner.NOBODY
    logged: bool = True
    row_security: bool = False
    forced: bool = False
    engine: str | None = None
    collation: str | None = None
    hands: int = 0
    left: bool = False


@dataclass(eq=False, slots=True)
class ColumnTimeline(ObjectTimeline[Column]):
    """`meanwhile`: what an operation makes of it first, where its last statement loses a part of that."""

    table: TableTimeline = field(kw_only=True)
    meanwhile: dict[Op, Column] = field(default_factory=dict, kw_only=True)
    holds_rows: ClassVar[bool] = True

    @property
    def owner(self) -> TableTimeline:
        """The table that it hangs on."""
        return self.table


@dataclass(eq=False, slots=True)
class ConstraintTimeline(ObjectTimeline[Constraint]):
    """`aliases` are names that it may have got: a statement that said IF EXISTS of one which nobody gave it.

    `remade` are operations that drop it first and make it again last.
    `deferred_ops` are operations that leave it to the end of their migration to make it.
    `modelled` are operations from which on a model of the table has it, or none does: SQL made it, it was given up by
    state alone, or an operation was to drop it before that end. Before the first of them, a model has it.
    `takes_index`: of a foreign key, the operations that drop it and then the index that the server made for it.
    """

    table: TableTimeline = field(kw_only=True)
    key: Key = field(kw_only=True)
    aliases: frozenset[str] = field(default=frozenset(), kw_only=True)
    remade: frozenset[Op] = field(default=frozenset(), kw_only=True)
    deferred_ops: frozenset[Op] = field(default=frozenset(), kw_only=True)
    modelled: list[tuple[Op, bool]] = field(default_factory=list, kw_only=True)
    takes_index: frozenset[Op] = field(default=frozenset(), kw_only=True)

    @property
    def owner(self) -> TableTimeline:
        """The table that it hangs on."""
        return self.table

    def go(self, op: Op, shape: Constraint | None) -> None:
        """A name that nobody gave is made of the table's and the columns' names. These may change later, it stays."""
        before = self.steps[-1].shape
        if before is not None and shape is not None and not before.named and not shape.named:
            shape = replace(shape, name=before.name)
        ObjectTimeline.go(self, op, shape)

    @property
    def servers_suffix(self) -> str | None:
        """How PostgreSQL ends the name of what a column brings along, `users_age_check`. None where none brings it."""
        return KINDS[Kind(self.key[0])].suffix if self.key[0] in ("check", "unique") else None

    def note_model(self, op: Op, has: bool) -> None:
        """Notes whether a model has it after an operation."""
        if has != (self.modelled[-1][1] if self.modelled else True):
            self.modelled.append((op, has))

    def is_modelled(self, holds: Callable[[Op], bool]) -> bool:
        """Whether a model has it, and makes it with its table, after the operations of which that holds."""
        return next((has for op, has in reversed(self.modelled) if holds(op)), True)

    def carriers(self, step: int) -> Iterator[TableTimeline | ColumnTimeline]:
        """The table and the columns that the operation of a step takes away, and what hangs on them with them."""
        op, shape = self.steps[step].op, self.steps[step - 1].shape
        if any(each.op == op and each.shape is None for each in self.table.steps):
            yield self.table
        names = reads(shape) if shape is not None else frozenset()
        for column in self.table.every_column:
            for before, after in pairwise(column.steps):
                if after.op == op and after.shape is None and before.shape is not None and before.shape.name in names:
                    yield column

    def remake(self, op: Op, name: str) -> None:
        """Adds a step at which it is dropped, and made again under that name; none if the operation itself made it."""
        last = self.steps[-1]
        if last.shape is None or (last.op == op and self.steps[-2].shape is None):
            return
        if last.op == op:
            self.steps.pop()
        self.steps.append(Step(op, replace(last.shape, name=name)))
        self.remade |= {op}


@value(frozen=True, slots=True)
class Statement:
    """What SQL of a migration does to a view, trigger, function or rule.

    `sql` says all of it; None where it is dropped, or known by its name alone.
    `identity` tells what is dropped from others of its name; None where all of them go.
    `on`: the materialized view on which an index is from then on.
    """

    op: Op
    sql: str | None
    drops: bool = False
    identity: str | tuple[str, ...] | None = None
    on: str | None = None


@dataclass(eq=False, slots=True)
class OtherTimeline(ObjectTimeline[bool]):
    """An extension, view, trigger, …: there or not.

    `made` counts how often it is made: replaced, it looks the same. `statements` tell what it is each time; `words` are
    those of all that make it. `overloads`: the arguments of each function that stands; None for any that are not known.
    """

    kind: Kind = field(kw_only=True)
    name: str = field(kw_only=True)
    made: int = 0
    statements: list[Statement] = field(default_factory=list)
    words: frozenset[str] = frozenset()
    overloads: set[tuple[str, ...] | None] = field(default_factory=set)

    @property
    def owner(self) -> None:
        """It hangs on no table."""
        return

    @property
    def is_replaceable(self) -> bool:
        """Whether one that is there under its name may be another, since it is made whether there is one or not."""
        return self.kind in REPLACEABLE or any(_REPLACING.match(each.sql or "") for each in self.statements)

    def keeps_overloads(self, dropped: str | tuple[str, ...] | None) -> bool:
        """Notes that a function is dropped. Whether one of other arguments stays under its name."""
        if dropped is None or None in self.overloads:
            self.overloads.clear()
        else:
            self.overloads -= {each for each in self.overloads if each == dropped}
        return bool(self.overloads)

    def first_unrecorded(self, recorded: Sequence[bool]) -> Statement:
        """The first statement of a migration without a record. Raises StopIteration where there is none."""
        return next(each for each in self.statements if not recorded[each.op[0]])

    def go(self, op: Op, shape: bool | None) -> None:
        """To make it again is a step too: where it is not there, neither operation has made it."""
        if self.steps[-1].op == op:
            self.steps.pop()
        if shape or self.steps[-1].shape:
            self.steps.append(Step(op, shape))


@dataclass(eq=False, slots=True)
class TableTimeline(ObjectTimeline[TableShape]):
    """A table's timeline. `columns` and `constraints` are what stands now, `gone_*` what stood; `every_*` is all.

    `maybe_remade_ops` are operations for which SQLite's editor may make the table anew, without its triggers.
    """

    columns: dict[str, ColumnTimeline] = field(default_factory=dict)
    gone_columns: dict[str, ColumnTimeline] = field(default_factory=dict)
    every_column: list[ColumnTimeline] = field(default_factory=list)
    constraints: dict[Key, ConstraintTimeline] = field(default_factory=dict)
    gone_constraints: dict[Key, ConstraintTimeline] = field(default_factory=dict)
    every_constraint: list[ConstraintTimeline] = field(default_factory=list)
    maybe_remade_ops: set[Op] = field(default_factory=set)
    holds_rows: ClassVar[bool] = True

    @property
    def owner(self) -> TableTimeline:
        """Itself: the table that all of it hangs on."""
        return self

    @property
    def parts(self) -> Iterator[ColumnTimeline | ConstraintTimeline]:
        """All that hangs on it, at whatever time."""
        yield from self.every_column
        yield from self.every_constraint

    @property
    def names_of_keys(self) -> set[str]:
        """Those of all foreign keys that it has at some time."""
        shapes = (step.shape for constraint in self.every_constraint for step in constraint.steps)
        return {shape.name for shape in shapes if isinstance(shape, ForeignKey) and shape.name is not None}

    @property
    def names(self) -> list[str]:
        """Every name that it bears at some time, the latest first."""
        return list(dict.fromkeys(step.shape.name for step in reversed(self.steps) if step.shape is not None))

    def digests(self, columns: Iterable[str]) -> Iterator[str]:
        """The digests in the names that Django's editor gives what is over these columns, by each name of the table."""
        return (names_digest(name, *columns, length=8) for name in self.names)

    @property
    def name(self) -> str:
        """The last name that it bore in the whole history: that of the models, of which much may be pending."""
        return self.names[0]

    def is_handed_over(self, step: int) -> bool:
        """Whether all that a step does is to give the table, as it stands, from one model to another."""
        if step == 0 or step >= len(self.steps):
            return False
        before, after = self.steps[step - 1].shape, self.steps[step].shape
        return before is not None and after is not None and before.hands != after.hands

    def is_left(self, step: int) -> bool:
        """Whether that step does no more than to leave it to another model."""
        before, after = self.steps[step - 1].shape, self.steps[step].shape
        return before is not None and after is not None and after.left and after.hands == before.hands + 1

    def name_at(self, op: Op) -> str:
        """The name after an operation. Where the table is gone by then, or still to come, the nearest name."""
        named = [(step.at, step.shape.name) for step in self.steps if step.shape is not None]
        return next((name for at, name in reversed(named) if at <= op), named[0][1])


AnyTimeline = TableTimeline | ColumnTimeline | ConstraintTimeline | OtherTimeline


def shape_of(table: Table) -> TableShape:
    """What a live table is."""
    return TableShape(
        table.name,
        table.comment,
        table.owner,
        table.logged,
        table.row_security,
        table.forced,
        table.engine,
        table.collation,
    )
