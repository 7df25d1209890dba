"""The live schema as it will be, operation by operation, while pending migrations run: a draft that is moved on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from schemaguard.history.object_timeline import AnyLine, ColumnLine, ConstraintLine, Op, TableLine
from schemaguard.location.resolve import Effect
from schemaguard.schema.objects import Column, Constraint, Exclusion, Index, PrimaryKey

if TYPE_CHECKING:
    from schemaguard.location.locate import Located


@dataclass(frozen=True, slots=True)
class Standing:
    """One constraint or index of a table at a moment; `line` is None for a stranger."""

    name: str | None
    columns: tuple[str, ...]
    unique: bool = False
    is_constraint: bool = True
    is_index: bool = False
    is_plain: bool = True
    is_primary: bool = False
    named: bool = False
    line: ConstraintLine | None = None

    @property
    def is_key(self) -> bool:
        """Whether a foreign key may point at its columns."""
        return self.is_primary or (self.unique and self.is_plain)

    @classmethod
    def of(cls, shape: Constraint, line: ConstraintLine | None, named: bool) -> Standing:
        if isinstance(shape, PrimaryKey):
            return cls(shape.name, shape.columns, unique=True, is_primary=True, named=named, line=line)
        if isinstance(shape, Index):
            plain = shape.condition is None and len(shape.columns) == len(shape.parts)
            columns = (*shape.columns, *shape.include) if len(shape.columns) == len(shape.parts) else ()
            return cls(
                shape.name, columns, unique=shape.unique, is_constraint=shape.constraint, is_index=True,
                is_plain=plain and not shape.deferrable, named=named, line=line,
            )  # fmt: skip
        return cls(shape.name, shape.columns, named=named, line=line)


@dataclass(slots=True)
class Target:
    """What a foreign key points at: the types of its columns, and its keys."""

    types: Mapping[str, str]
    standing: Iterable[Standing]
    lines: Mapping[str, ColumnLine] = field(default_factory=dict)
    keys: Iterable[ConstraintLine] = ()

    def key_line(self, name: str) -> ConstraintLine | None:
        """The line of a key over one column that should stand."""
        return next(
            (line for line in self.keys if any(s.shape and set(s.shape.columns) == {name} for s in line.steps)), None
        )


class AheadState:
    """Begins as the catalog that was read, in the place that was found for it."""

    def __init__(self, located: Located) -> None:
        self.located = located
        self.schema = located.schema
        self.places = located.matched.places
        self.names: dict[TableLine, str] = {line: table.name for line, table in located.matched.tables.items()}
        self.columns: dict[ColumnLine, Column | None] = {}
        self.standing: dict[TableLine, list[Standing]] = {}
        self.moved: set[TableLine] = set()
        self.holders: dict[tuple[str | None, str], str] | None = None

    # ------------------------------------------------------------------------------------------------------- questions
    def is_ahead(self, effect: Effect) -> bool:
        return effect.step > self.located.positions[effect.line]

    def name_of(self, line: TableLine) -> str | None:
        return self.names.get(line)

    def of(self, line: TableLine) -> list[Standing]:
        if line not in self.standing:
            self.standing[line] = list(self._read(line))
        return self.standing[line]

    def _read(self, line: TableLine) -> Iterator[Standing]:
        table = self.located.matched.tables.get(line)
        owners = {
            id(place.actual): each for each in line.every_constraint if (place := self.places[each]).actual is not None
        }
        for actual in table.constraints if table is not None else ():
            owner = owners.get(id(actual))
            shape = owner.steps[self.located.positions[owner]].shape if owner is not None else None
            yield Standing.of(actual, owner, named=shape is not None and shape.named)

    def matching(self, line: TableLine, columns: tuple[str, ...], *, unique: bool) -> list[Standing]:
        """As the editor's `_constraint_names` finds them: not what the model names in its Meta."""
        return [
            each
            for each in self.of(line)
            if each.is_index
            and each.columns == columns
            and each.unique is unique
            and not each.named
            and (unique or not (each.is_constraint and self.schema.vendor == "postgresql"))
        ]

    def named(self, line: TableLine, name: str) -> Standing | None:
        return next((each for each in self.of(line) if each.name == name), None)

    def usual_unique_name(self, table: str | None, columns: tuple[str, ...]) -> str:
        connection: Any = self.located.backend.connection
        editor = connection.SchemaEditorClass(connection, collect_sql=True)
        return str(editor._unique_constraint_name(table, columns, quote=False))

    def column_name(self, line: ColumnLine) -> str | None:
        shape = self._column(line)
        return shape.name if shape is not None else None

    def _column(self, line: ColumnLine) -> Column | None:
        if line in self.columns:
            return self.columns[line]
        actual: Column | None = self.places[line].actual
        return actual

    def type_of(self, line: TableLine, name: str) -> str | None:
        return next((c.type for each in line.every_column if (c := self._column(each)) and c.name == name), None)

    def target(self, name: str, op: Op) -> Target | None:
        """The table that a name means after an operation; of one that no migration knows, as it stands."""
        for line in self.located.history.timeline.bearers(name):
            if line.name_at(op) == name and line in self.names:
                columns = {c.name: each for each in line.every_column if (c := self._column(each)) is not None}
                types = {name: self._column(each).type for name, each in columns.items()}  # type: ignore[union-attr]
                return Target(types, self.of(line), columns, line.every_constraint)
        table = self.schema.find(name)
        if table is None or table in self.located.matched.tables.values():
            return None
        return Target(
            {c.name: c.type for c in table.columns.values()}, [Standing.of(c, None, False) for c in table.constraints]
        )

    def other_name(self, line: TableLine | ColumnLine) -> tuple[str, str] | None:
        """(what it should be called, what it is called) where somebody renamed it by hand."""
        place = self.places[line]
        if not place.renamed or line in self.moved or line in self.columns:
            return None
        shape = line.steps[self.located.positions[line]].shape
        table = self.located.matched.tables.get(line) if isinstance(line, TableLine) else place.actual
        return (shape.name, table.name) if shape is not None and table is not None else None

    def stranger(self, name: str) -> str | None:
        """A table of this name that no migration knows."""
        return next((t.name for t in self.located.matched.extra_tables if self.schema.is_name_of(t.name, name)), None)

    def strange_columns(self, line: TableLine) -> frozenset[str]:
        return frozenset(name for owner, _, name in self.located.matched.extra_columns if owner is line)

    def holder_of(self, line: ConstraintLine, shape: Constraint) -> str | None:
        """What else has the name of an index that is to be made.

        What is the history's own is moved out of the way by the history, or its names are not known for sure.
        """
        if shape.name is None or not _is_an_index(shape, self.schema.vendor):
            return None
        if self.holders is None:
            places = self.places.items()
            claimed = frozenset(id(place.actual) for line, place in places if isinstance(line, ConstraintLine))
            self.holders = {
                (table.schema, each.name): f"{each.kind.words} {each.name} on {table.name}"
                for table in self.schema.tables.values()
                for each in table.constraints
                if each.name and id(each) not in claimed and _is_an_index(each, self.schema.vendor)
            }
        home = self.located.matched.tables.get(line.table) or self.schema.find("django_migrations")
        return self.holders.get((home.schema, shape.name)) if home is not None else None

    # -------------------------------------------------------------------------------------------------------- moving on
    def go(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            self._go(effect.line, effect.line.steps[effect.step].shape)

    def _go(self, line: AnyLine, shape: Any) -> None:
        if isinstance(line, TableLine):
            self.moved.add(line)
            if shape is None:
                self.names.pop(line, None)
                self.standing[line] = []
            else:
                self.names[line] = shape.name
        elif isinstance(line, ColumnLine):
            before = self.column_name(line)
            self.columns[line] = shape
            standing = self.of(line.table)
            if shape is None:
                self.standing[line.table] = [each for each in standing if before not in each.columns]
            elif before is not None and before != shape.name:
                self.standing[line.table] = [
                    replace(each, columns=tuple(shape.name if name == before else name for name in each.columns))
                    for each in standing
                ]
        elif isinstance(line, ConstraintLine):
            left = [each for each in self.of(line.table) if each.line is not line]
            self.standing[line.table] = left if shape is None else [*left, Standing.of(shape, line, shape.named)]


def _is_an_index(shape: Constraint, vendor: str) -> bool:
    """Whether it is an index in the catalog. SQLite has none of its name for a UNIQUE that CREATE TABLE says."""
    if vendor == "sqlite":
        return isinstance(shape, Index) and not shape.constraint
    return isinstance(shape, Index | PrimaryKey | Exclusion)
