"""What the migrations to come would meet: each pending operation held against the database that it will find.

Django's schema editor looks things up in the live catalog (`_constraint_names`), and takes others by a name that it
knows. Here the same is done on paper: the catalog that was read is moved on by the effects of every operation, and what
an operation needs is looked for in it before. Nothing is asked of the database.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

from django.db.migrations import RunSQL

from schemaguard.diagnosis import wording
from schemaguard.diagnosis.ahead_state import AheadState, Standing
from schemaguard.diagnosis.codes import IN_THE_WAY
from schemaguard.diagnosis.model import Finding, Level, Problem
from schemaguard.diagnosis.resolve import Effect
from schemaguard.diagnosis.sources import file_of, line_of
from schemaguard.history.lines import AnyLine, ColumnLine, ConstraintLine, Op, TableLine, reads
from schemaguard.schema.names import bare
from schemaguard.schema.objects import Column, ForeignKey, Index, Kind
from schemaguard.schema.values import value

if TYPE_CHECKING:
    from schemaguard.diagnosis.location import Located

FAMILIES = (
    ("smallint", "integer", "bigint"),
    ("text", "character varying", "character", "citext"),
    ("uuid",),
    ("boolean",),
    ("date", "timestamp without time zone", "timestamp with time zone"),
)
"""PostgreSQL compares no value of one of these with one of another, so no foreign key can lead from one to another."""
BY_SERVER = ("pk", "unique")
"""What a field brings along inside of CREATE TABLE: the server names it, by a name that is free."""


@value(frozen=True, slots=True)
class Obstruction:
    """An operation to come that fails. `at_fault` is not as it should be, where that is a thing of the history."""

    op: Op
    finding: Finding
    at_fault: AnyLine | None = None


def obstructions(located: Located, pending: Collection[int]) -> Iterator[Obstruction]:
    """For migrations that are to run, by their positions in the plan, in its order.

    Nothing where a swapped model or another label of an app is the one cause of all that would be said.
    """
    if pending and located.matched.tables and not located.swaps and not located.relabelled:
        yield from _Ahead(located).over(sorted(pending))


def untold(located: Located, found: Collection[Obstruction]) -> list[Obstruction]:
    """Without those whose cause is a finding already."""
    told = located.finder.told
    return [
        each
        for each in found
        if each.at_fault is None or all(f.level is not Level.ERROR for f in told.get(each.at_fault, ()))
    ]


class _Ahead:
    def __init__(self, located: Located) -> None:
        self.located = located
        self.graph = located.graph
        self.vendor = located.schema.vendor
        self.state = AheadState(located)

    def over(self, pending: Collection[int]) -> Iterator[Obstruction]:
        for m in pending:
            for o in range(len(self.graph.plan[m].operations)):
                if self._is_blind((m, o)):
                    return
                effects = [e for e in self.located.effects.get((m, o), ()) if self.state.is_ahead(e)]
                yield from self._before((m, o), effects)
                self.state.go(effects)
                yield from self._after((m, o), effects)

    def _is_blind(self, op: Op) -> bool:
        """Whether it may do to the schema what nobody can foresee: then nothing is said of what comes after it."""
        walked = self.located.history.operations[op[0]][op[1]]
        runs_python = all(":" in text for text in walked.opaque)
        return bool(walked.opaque) and (not runs_python or any(each.op == op for each in self.located.history.opaque))

    def _before(self, op: Op, effects: list[Effect]) -> Iterator[Obstruction]:
        """What stands in its way, and what it looks for."""
        gone = {e.line for e in effects if e.line.steps[e.step].shape is None and isinstance(e.line, TableLine)}
        columns = {e.line for e in effects if isinstance(e.line, ColumnLine) and e.line.steps[e.step].shape is None}
        yield from self._renamed(op, effects)
        yield from self._remade(op, effects)
        for effect in effects:
            line = effect.line
            if isinstance(line, ConstraintLine) and line.table not in gone:
                before, after = _shapes(effect)
                looks = before is not None and not isinstance(self._operation(op), RunSQL)
                if looks and self.state.name_of(line.table) and not self._goes_with(before, line.table, columns):
                    yield from self._looked_up(op, line, before, after)
                if after is not None and (before is None or before.name != after.name):
                    yield from self._taken(op, line, before, after)
            elif isinstance(line, TableLine):
                yield from self._new_name(op, line, line.steps[effect.step].shape)
            elif isinstance(line, ColumnLine):
                yield from self._new_column_name(op, line, line.steps[effect.step].shape)

    def _after(self, op: Op, effects: list[Effect]) -> Iterator[Obstruction]:
        """Whether its foreign keys point at something that they can point at."""
        for effect in effects:
            line = effect.line
            if isinstance(line, ConstraintLine):
                before, key = _shapes(effect)
                if isinstance(key, ForeignKey) and getattr(before, "target", None) != key.target:
                    yield from self._points_well(op, line, key)

    def _operation(self, op: Op) -> Any:
        return self.graph.plan[op[0]].operations[op[1]]

    def _goes_with(self, shape: Any, table: TableLine, columns: Collection[AnyLine]) -> bool:
        names = {
            self.state.column_name(each) for each in columns if isinstance(each, ColumnLine) and each.table is table
        }
        return not names.isdisjoint(reads(shape))

    # -------------------------------------------------------------------------------------------------- what is dropped
    def _looked_up(self, op: Op, line: ConstraintLine, before: Any, after: Any) -> Iterator[Obstruction]:
        """What the editor looks for, by columns or by name, before it drops or renames it."""
        kind = next((each for each in line.key if each != "again"), "")
        renamed = after is not None and after.named and after.name != before.name
        if after is not None and not renamed:
            return
        if kind in ("unique_together", "index_together"):
            yield from self._by_columns(op, line, before)
        elif kind == "unique" and self.vendor == "postgresql":
            for standing in self.state.matching(line.table, before.columns, unique=True):
                yield from self._no_constraint(op, line, standing)
        elif before.named and before.name:
            yield from self._by_name(op, line, before, renamed=renamed)

    def _by_columns(self, op: Op, line: ConstraintLine, before: Any) -> Iterator[Obstruction]:
        """`_delete_composed_index`, and RenameIndex without an old name: exactly one."""
        table = self.state.name_of(line.table)
        found = self.state.matching(line.table, before.columns, unique=before.unique)
        if len(found) > 1 and before.unique:
            usual = self.state.usual_unique_name(table, before.columns)
            found = [each for each in found if each.name == usual] or found
        if len(found) == 1:
            if before.unique and self.vendor == "postgresql":
                yield from self._no_constraint(op, line, found[0])
            return
        what = f"{before.kind.words} over ({', '.join(before.columns)}) of {table}"
        if not found:
            message = f"{self._name(op)} looks for the {what}, and there is none"
            yield self._of(op, line, before.kind, Problem.MISSING, message, columns=before.columns)
            return
        names = ", ".join(str(each.name) for each in found)
        stranger = next((each for each in found if each.line is not line), found[-1])
        message = f"{self._name(op)} looks for the one {what}, and there are {len(found)}: {names}"
        hint = f"drop the one that nobody needs: DROP INDEX {self._quoted(stranger.name)}"
        if stranger.is_constraint and self.vendor == "postgresql":
            hint = f"drop the one that nobody needs: {self._drop_constraint(table, stranger.name)}"
        yield self._of(
            op, None, before.kind, Problem.EXTRA, message, name=stranger.name, columns=before.columns, hint=hint,
            table=table,
        )  # fmt: skip

    def _no_constraint(self, op: Op, line: ConstraintLine, standing: Standing) -> Iterator[Obstruction]:
        """PostgreSQL drops a constraint of that name, and there is an index alone."""
        if standing.is_constraint:
            return
        table = self.state.name_of(line.table)
        name = self._quoted(standing.name)
        what = f"the constraint {standing.name} of {table}, which is a unique index and no constraint"
        message = f"{self._name(op)} drops {what}"
        hint = f"ALTER TABLE {self._quoted(table)} ADD CONSTRAINT {name} UNIQUE USING INDEX {name}"
        if not standing.is_plain:
            hint = f"drop it: DROP INDEX {name}"
        yield self._of(
            op, standing.line, Kind.UNIQUE, Problem.DIFFERENT, message, name=standing.name, columns=standing.columns,
            hint=hint, table=table, expected="a constraint", actual="a unique index",
        )  # fmt: skip

    def _by_name(self, op: Op, line: ConstraintLine, before: Any, *, renamed: bool) -> Iterator[Obstruction]:
        table = self.state.name_of(line.table)
        as_index = isinstance(before, Index) and not (before.unique and before.constraint)
        if self.vendor == "sqlite" and not as_index:
            return  # the table is made anew without it
        standing = self.state.named(line.table, before.name)
        if standing is None:
            editor: Any = self.located.backend.connection.SchemaEditorClass
            if as_index and not renamed and "IF EXISTS" in editor.sql_delete_index:
                return
            message = (
                f"{self._name(op)} takes {before.kind.words} {before.name} of {table} by that name, and there is none"
            )
            yield self._of(op, line, before.kind, Problem.MISSING, message, name=before.name, columns=before.columns)
        elif isinstance(before, Index) and self.vendor == "postgresql" and not renamed:
            if not as_index:
                yield from self._no_constraint(op, line, standing)

    # ----------------------------------------------------------------------------------------------------- what is made
    def _taken(self, op: Op, line: ConstraintLine, before: Any, after: Any) -> Iterator[Obstruction]:
        """The name of an index that a stranger has: the indexes of a schema share one space of names."""
        holder = self.state.holder_of(line, after)
        if holder is not None and not (line.key[0] in BY_SERVER and before is None):
            what = f"{after.kind.words} {after.name} of {line.table.name_at(op)}"
            message = f"{what} is to be made, and {holder} has its name: rename that first"
            yield self._of(op, None, after.kind, Problem.EXTRA, message, name=after.name, columns=after.columns)

    def _points_well(self, op: Op, line: ConstraintLine, key: ForeignKey) -> Iterator[Obstruction]:
        """A foreign key needs a target that is unique, and of a type that compares with its own."""
        target = self.state.target(key.target, op)
        if target is None or len(key.columns) != 1 or len(key.target_columns) != 1:
            return
        column, name = key.columns[0], key.target_columns[0]
        mine, theirs = self.state.type_of(line.table, column), target.types.get(name)
        what = f"{self._name(op)} makes {wording.constraint(key)} on {self.state.name_of(line.table)}"
        if mine is None or theirs is None:
            return
        one, other = _family(mine), _family(theirs)
        if self.vendor != "sqlite" and one and other and one != other:
            message = f"{what}: {column} is {mine}, and {key.target}.{name} is {theirs}"
            yield self._of(
                op, target.lines.get(name), Kind.FOREIGN_KEY, Problem.DIFFERENT, message, columns=key.columns,
                expected=f"{key.target}.{name} is {mine}", actual=f"{key.target}.{name} is {theirs}",
                hint=f"give {key.target}.{name} the type that the models say, or the models its type",
            )  # fmt: skip
        elif not any(each.is_key and set(each.columns) == {name} for each in target.standing):
            message = f"{what}: {key.target}.{name} is neither the primary key nor unique"
            yield self._of(
                op, target.key_line(name), Kind.FOREIGN_KEY, Problem.MISSING, message, columns=key.columns,
                hint=f"make {key.target}.{name} unique, as the models say",
            )  # fmt: skip

    # ---------------------------------------------------------------------------------------------------------- names
    def _renamed(self, op: Op, effects: list[Effect]) -> Iterator[Obstruction]:
        """What somebody renamed by hand is not found under the name that the operation knows."""
        for line in dict.fromkeys(e.line for e in effects):
            for each in (line, *self._rests_on(op, line)):
                names = self.state.other_name(each) if isinstance(each, TableLine | ColumnLine) else None
                if names is not None:
                    kind = Kind.TABLE if isinstance(each, TableLine) else Kind.COLUMN
                    message = f"{self._name(op)} goes on from {kind.words} {names[0]}, which is called {names[1]}"
                    yield self._of(op, each, kind, Problem.DIFFERENT, message, name=names[1], expected=names[0],
                                   actual=names[1])  # fmt: skip

    def _rests_on(self, op: Op, line: AnyLine) -> Iterator[TableLine]:
        """The table of a thing, and the one that a foreign key points at."""
        if isinstance(line, ColumnLine | ConstraintLine):
            yield line.table
        for step in line.steps:
            target = getattr(step.shape, "target", None) if step.op == op else None
            for bearer in self.located.history.timeline.bearers(target):
                if bearer.name_at(op) == target:
                    yield bearer

    def _new_name(self, op: Op, line: TableLine, shape: Any) -> Iterator[Obstruction]:
        if shape is None or self.state.name_of(line) in (None, shape.name):
            return
        stranger = self.state.stranger(shape.name)
        if stranger is not None:
            message = f"{self._name(op)} renames {self.state.name_of(line)} to {shape.name}, which is there already"
            hint = f"rename or drop {shape.name}"
            yield self._of(op, None, Kind.TABLE, Problem.EXTRA, message, name=stranger, table=stranger, hint=hint)

    def _new_column_name(self, op: Op, line: ColumnLine, shape: Column | None) -> Iterator[Obstruction]:
        before = self.state.column_name(line)
        if shape is None or before in (None, shape.name) or shape.name not in self.state.strange_columns(line.table):
            return
        table = self.state.name_of(line.table)
        message = f"{self._name(op)} renames {table}.{before} to {shape.name}, which is there already"
        yield self._of(
            op, None, Kind.COLUMN, Problem.EXTRA, message, name=shape.name, columns=(shape.name,), table=table,
            hint=f"rename or drop {table}.{shape.name}",
        )  # fmt: skip

    def _remade(self, op: Op, effects: list[Effect]) -> Iterator[Obstruction]:
        """SQLite's editor makes a table anew as new__…, which must not be there."""
        if self.vendor != "sqlite":
            return
        tables = [line for e in effects if (line := self._makes_anew(op, e)) is not None]
        for each in dict.fromkeys(tables):
            table = self.state.name_of(each)
            stranger = self.state.stranger(f"new__{bare(table or '')}")
            if table is not None and stranger is not None:
                left = wording.left_by_a_rebuild(stranger)
                message = f"{left}; {self._name(op)} makes {table} anew once more, and fails on it"
                yield self._of(
                    op, None, Kind.TABLE, Problem.EXTRA, message, name=stranger, table=stranger,
                    hint=wording.drop_rebuild(stranger),
                )  # fmt: skip

    def _makes_anew(self, op: Op, effect: Effect) -> TableLine | None:
        """The table that an effect has made anew: django/db/backends/sqlite3/schema.py says where it need not be."""
        line = effect.line
        before, after = _shapes(effect)
        if isinstance(line, ConstraintLine):
            shape = after or before
            plain = isinstance(shape, Index) and (not shape.unique or not shape.constraint)
            return None if plain or line.key[0] == "unique_together" else line.table
        if not isinstance(line, ColumnLine):
            return None
        field = getattr(self._operation(op), "field", None)
        if before is None and after is not None:
            bare_column = after.nullable and (field is None or not (field.has_default() or field.unique))
            return None if bare_column else line.table
        if after is None:
            name = self.state.column_name(line)
            return line.table if any(name in each.columns for each in self.state.of(line.table)) else None
        return line.table if getattr(before, "type", None) != after.type or before.nullable != after.nullable else None

    # ---------------------------------------------------------------------------------------------------------- wording
    def _name(self, op: Op) -> str:
        migration = self.graph.plan[op[0]]
        return f"{migration.app_label}.{migration.name}"

    def _quoted(self, name: str | None) -> str:
        quoted: str = self.located.backend.connection.ops.quote_name(name or "")
        return quoted

    def _drop_constraint(self, table: str | None, name: str | None) -> str:
        return f"ALTER TABLE {self._quoted(table)} DROP CONSTRAINT {self._quoted(name)}"

    def _of(
        self, op: Op, at_fault: AnyLine | None, kind: Kind, problem: Problem, message: str, *, name: str | None = None,
        columns: tuple[str, ...] | None = None, hint: str | None = None, table: str | None = None,
        expected: str | None = None, actual: str | None = None,
    ) -> Obstruction:  # fmt: skip
        migration = self.graph.plan[op[0]]
        if table is None and isinstance(at_fault, ConstraintLine | ColumnLine):
            table = self.state.name_of(at_fault.table)
        finding = Finding(
            code=IN_THE_WAY.code, level=IN_THE_WAY.level, kind=kind, problem=problem, table=table, name=name,
            columns=columns or None, app=migration.app_label, migration=migration.name, file=file_of(migration),
            line=line_of(migration, op[1]), expected=expected, actual=actual, message=message,
            hint=f"{hint}; then manage.py migrate" if hint else None, breaks=True,
        )  # fmt: skip
        return Obstruction(op, finding, at_fault)


def _shapes(effect: Effect) -> tuple[Any, Any]:
    """Before and after."""
    steps = effect.line.steps
    return steps[effect.step - 1].shape, steps[effect.step].shape


def _family(kind: str) -> int | None:
    word = kind.partition("(")[0].strip()
    return next((i for i, family in enumerate(FAMILIES, 1) if word in family), None)
