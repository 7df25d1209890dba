"""The live schema as it will be, operation by operation, while pending migrations run: a draft that is moved on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from schemaguard.diagnosis.name_holders import NameHolders
from schemaguard.history.object_timeline import AnyTimeline, ColumnTimeline, ConstraintTimeline, Op, TableTimeline
from schemaguard.location.effects import by_kind
from schemaguard.schema.objects import Column, Constraint, Index, PrimaryKey, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from schemaguard.history.object_timeline import AnyTimeline, ColumnTimeline, ConstraintTimeline, Op, TableTimeline
    from schemaguard.location.effects import AnyEffect
    from schemaguard.location.location import Location


@dataclass(frozen=True, slots=True)
class Standing:
    """One constraint or index of a table at a moment; `timeline` is None for a stranger."""

    name: str | None
    columns: tuple[str, ...]
    unique: bool = False
    is_constraint: bool = True
    is_index: bool = False
    is_plain: bool = True
    is_primary: bool = False
    named: bool = False
    timeline: ConstraintTimeline | None = None

    @property
    def is_key(self) -> bool:
        """Whether a foreign key may point at its columns."""
        return self.is_primary or (self.unique and self.is_plain)

    @classmethod
    def of(cls, shape: Constraint, timeline: ConstraintTimeline | None, named: bool) -> Standing:
        if isinstance(shape, PrimaryKey):
            return cls(shape.name, shape.columns, unique=True, is_primary=True, named=named, timeline=timeline)
        if isinstance(shape, Index):
            plain = shape.condition is None and len(shape.columns) == len(shape.parts)
            columns = (*shape.columns, *shape.include) if len(shape.columns) == len(shape.parts) else ()
            return cls(
                shape.name, columns, unique=shape.unique, is_constraint=shape.constraint, is_index=True,
                is_plain=plain and not shape.deferrable, named=named, timeline=timeline,
            )  # fmt: skip
        return cls(shape.name, shape.columns, named=named, timeline=timeline)


@dataclass(slots=True)
class Target:
    """What a foreign key points at: the types of its columns, and its keys."""

    types: Mapping[str, str]
    standing: Iterable[Standing]
    columns: Mapping[str, ColumnTimeline] = field(default_factory=dict)
    keys: Iterable[ConstraintTimeline] = ()

    def key_timeline(self, name: str) -> ConstraintTimeline | None:
        """The timeline of a key over one column that should stand."""
        return next(
            (
                timeline
                for timeline in self.keys
                if any(s.shape and set(s.shape.columns) == {name} for s in timeline.steps)
            ),
            None,
        )


class AheadState:
    """Begins as the catalog that was read, in the place that was found for it."""

    def __init__(self, location: Location) -> None:
        self.location = location
        self.schema = location.schema
        self.names: dict[TableTimeline, str] = {
            timeline: table.name for timeline, table in location.live_tables.items()
        }
        self.columns: dict[ColumnTimeline, Column | None] = {}
        self.standing: dict[TableTimeline, list[Standing]] = {}
        self.moved: set[TableTimeline] = set()
        self.made_anew: set[TableTimeline] = set()
        """Tables that SQLite's editor has made anew, without what was made on them by hand."""
        self._live: Mapping[tuple[str, str], str] | None = None

    # ------------------------------------------------------------------------------------------------------- questions
    def name_of(self, timeline: TableTimeline) -> str | None:
        return self.names.get(timeline)

    def of(self, timeline: TableTimeline) -> list[Standing]:
        if timeline not in self.standing:
            self.standing[timeline] = list(self._read(timeline))
        return self.standing[timeline]

    def _read(self, timeline: TableTimeline) -> Iterator[Standing]:
        table = self.location.live_table(timeline)
        owners = {
            id(place.actual): each
            for each in timeline.every_constraint
            if (place := self.location.placement(each)).actual is not None
        }
        for actual in table.constraints if table is not None else ():
            owner = owners.get(id(actual))
            shape = self.location.located_shape(owner) if owner is not None else None
            yield Standing.of(actual, owner, named=shape is not None and shape.named)

    def matching(self, timeline: TableTimeline, columns: tuple[str, ...], *, unique: bool) -> list[Standing]:
        """As the editor's `_constraint_names` finds them: not what the model names in its Meta."""
        return [
            each
            for each in self.of(timeline)
            if each.is_index
            and each.columns == columns
            and each.unique is unique
            and not each.named
            and (unique or not (each.is_constraint and self.location.backend.drops_constraints))
        ]

    def named(self, timeline: TableTimeline, name: str) -> Standing | None:
        return next((each for each in self.of(timeline) if each.name == name), None)

    def usual_unique_name(self, table: str | None, columns: tuple[str, ...]) -> str:
        connection: Any = self.location.backend.connection
        editor = connection.SchemaEditorClass(connection, collect_sql=True)
        return str(editor._unique_constraint_name(table, columns, quote=False))

    def column_name(self, timeline: ColumnTimeline) -> str | None:
        shape = self._column(timeline)
        return shape.name if shape is not None else None

    def _column(self, timeline: ColumnTimeline) -> Column | None:
        if timeline in self.columns:
            return self.columns[timeline]
        actual: Column | None = self.location.live(timeline)
        return actual

    def type_of(self, timeline: TableTimeline, name: str) -> str | None:
        return next((c.type for each in timeline.every_column if (c := self._column(each)) and c.name == name), None)

    def collation(self, timeline: TableTimeline, name: str) -> str | None:
        """By which the texts of a column are compared by then; None where it holds none."""
        live = self.location.live_table(timeline)
        collations = self.location.backend.collations
        for each in timeline.every_column:
            column = self._column(each)
            if column is not None and column.name == name:
                if each not in self.columns and live is not None:
                    return self._live_collation(live.name, column.name)
                return collations.of_column(column, live or timeline.shape_at(len(timeline.steps) - 1))
        return None

    def collation_at(self, table: str, timeline: ColumnTimeline | None, name: str) -> str | None:
        """That of the column that a foreign key points at; `timeline` is None for one that no migration knows."""
        if timeline is not None:
            return self.collation(timeline.table, name)
        return self._live_collation(table, name)

    def _live_collation(self, table: str, name: str) -> str | None:
        """Asked once for all tables."""
        if self._live is None:
            self._live = self.location.backend.collations.live(self.schema.tables.keys())
        return self._live.get((table, name))

    def target(self, name: str, op: Op) -> Target | None:
        """The table that a name means after an operation; of one that no migration knows, as it stands."""
        for timeline in self.location.history.timelines.bearers(name):
            if timeline.name_at(op) == name and timeline in self.names:
                columns = {c.name: each for each in timeline.every_column if (c := self._column(each)) is not None}
                types = {name: self._column(each).type for name, each in columns.items()}  # type: ignore[union-attr]
                return Target(types, self.of(timeline), columns, timeline.every_constraint)
        table = self.schema.find(name)
        if table is None or table in self.location.live_tables.values():
            return None
        return Target(
            {c.name: c.type for c in table.columns.values()}, [Standing.of(c, None, False) for c in table.constraints]
        )

    def other_name(self, timeline: AnyTimeline) -> tuple[str, str] | None:
        """(what it should be called, what it is called) where somebody renamed a table or a column by hand."""
        place = self.location.placement(timeline)
        if not place.renamed or not timeline.holds_rows or timeline in self.moved or timeline in self.columns:
            return None
        shape: Any = self.location.located_shape(timeline)
        return (shape.name, place.actual.name) if shape is not None and place.actual is not None else None

    def stranger(self, name: str) -> str | None:
        """A table of this name that no migration knows."""
        return next((t.name for t in self.location.extra_tables if self.schema.is_name_of(t.name, name)), None)

    @cached_property
    def strange_constraints(self) -> tuple[tuple[Table, Constraint], ...]:
        """Constraints and indexes that no migration knows, with their tables, as they were read."""
        claimed = {id(actual) for _, actual in self.location.live_constraints()}
        tables = self.schema.tables.values()
        return tuple((table, each) for table in tables for each in table.constraints if id(each) not in claimed)

    def strange_columns(self, timeline: TableTimeline) -> frozenset[str]:
        return frozenset(name for owner, _, name in self.location.extra_columns if owner is timeline)

    def tables_left_behind(self) -> Iterator[TableTimeline]:
        """The tables that are still where they were before what is recorded of them."""
        for timeline in self.names:
            if timeline not in self.moved and not self.location.is_where_expected(timeline):
                yield timeline

    def columns_left_behind(self, table: TableTimeline) -> Iterator[ColumnTimeline]:
        """As `tables_left_behind`, of the columns of one."""
        for timeline in table.every_column:
            is_moved = timeline in self.columns or self.column_name(timeline) is None
            if not is_moved and not self.location.is_where_expected(timeline):
                yield timeline

    def holder_of(self, timeline: ConstraintTimeline, shape: Constraint) -> str | None:
        """What else has the name of a constraint or an index that is to be made."""
        table = self.location.live_table(timeline.table)
        return self.strangers.of(shape, table) and self.strangers.of(shape, table, freed=self._freed())

    def holder_of_table(self, name: str) -> str | None:
        """What else than a table has the name of a table that is to be made, or to be called so."""
        if self.stranger(name) is not None:
            return None
        return self.strangers.of_table(name) and self.strangers.of_table(name, freed=self._freed())

    def _freed(self) -> frozenset[str | None]:
        """The names of what went along with its table or a column of it: asked only where one is in the way."""
        return frozenset(each.name for table, each in self.strange_constraints if self._went_along(table, each))

    def _went_along(self, table: Table, constraint: Constraint) -> bool:
        timeline = self.location.timeline_of(table.name)
        if timeline is None:
            return False
        if self.name_of(timeline) is None or timeline in self.made_anew:
            return True
        gone = (each for each in timeline.every_column if self.columns.get(each, self.location.live(each)) is None)
        return any(
            each.name in constraint.columns for each in (self.location.live(c) for c in gone) if each is not None
        )

    @cached_property
    def strangers(self) -> NameHolders:
        """What is the history's own is moved out of the way by the history, or its names are not known for sure."""
        tables = self.location.extra_tables
        return NameHolders(self.location.backend, self.schema, tables, self.strange_constraints)

    # -------------------------------------------------------------------------------------------------------- moving on
    def go(self, effects: Iterable[AnyEffect]) -> None:
        own = by_kind(effects)
        for table in own.tables:
            self._go_table(table.timeline, table.after)
        for column in own.columns:
            self._go_column(column.timeline, column.after)
        for constraint in own.constraints:
            timeline, shape = constraint.timeline, constraint.after
            left = [each for each in self.of(timeline.table) if each.timeline is not timeline]
            self.standing[timeline.table] = (
                left if shape is None else [*left, Standing.of(shape, timeline, shape.named)]
            )

    def _go_table(self, timeline: TableTimeline, shape: Any) -> None:
        self.moved.add(timeline)
        if shape is None:
            self.names.pop(timeline, None)
            self.standing[timeline] = []
        else:
            self.names[timeline] = shape.name

    def _go_column(self, timeline: ColumnTimeline, shape: Any) -> None:
        before = self.column_name(timeline)
        self.columns[timeline] = shape
        standing = self.of(timeline.table)
        if shape is None:
            self.standing[timeline.table] = [each for each in standing if before not in each.columns]
        elif before is not None and before != shape.name:
            self.standing[timeline.table] = [
                replace(each, columns=tuple(shape.name if name == before else name for name in each.columns))
                for each in standing
            ]
