"""The timeline: every object that the migrations ever made, the shapes it goes through, and the operation behind each.

    users.email:   (absent) ──0002 op 0──▶ varchar(75) NULL ──0005 op 1──▶ varchar(254) NOT NULL ──0009 op 0──▶ (absent)

A table, column or constraint that is dropped and made again under its name is one object with one timeline. So it can
be seen that 'absent' fits two places. A rename is a step like any other.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from schemaguard.history import changes as ch
from schemaguard.history import view_indexes
from schemaguard.history.change_handlers import carry_out
from schemaguard.history.constraint_names import find_constraint
from schemaguard.history.foreign_keys import ForeignKeys
from schemaguard.history.implied_drops import leave_unsaid
from schemaguard.history.object_timeline import (
    AnyTimeline,
    ColumnTimeline,
    ConstraintTimeline,
    Op,
    OtherTimeline,
    Statement,
    Step,
    TableShape,
    TableTimeline,
)
from schemaguard.history.takeover import as_it_stands, held_by, set_aside
from schemaguard.schema.kinds import Kind
from schemaguard.schema.objects import reads
from schemaguard.schema.renaming import renamed, renamed_over

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from schemaguard.history.changes import Change, Key
    from schemaguard.history.shapes.shape import Shape
    from schemaguard.schema.objects import Column, Constraint


class Timelines:
    """All timelines. They grow as changes are applied in the order of the history."""

    def __init__(self, *, cascades: bool = True, unread: Collection[str] = ()) -> None:
        """`cascades`: to drop a column is to drop the foreign keys that point at it. `unread` names the indexes and
        constraints that may stand, since nobody can read them.
        """
        self.cascades = cascades
        self.unread = unread
        self.tables: dict[str, TableTimeline] = {}
        self.gone_tables: dict[str, TableTimeline] = {}
        self.every_table: list[TableTimeline] = []
        self.others: dict[tuple[Kind, str], OtherTimeline] = {}
        self.handed_over: dict[TableTimeline, None] = {}
        """The tables that more than one model had, one after the other or at the same time."""
        self._bearers: dict[str, list[TableTimeline]] | None = None
        self.foreign_keys = ForeignKeys()

    def object_timelines(self) -> Iterator[AnyTimeline]:
        """Every timeline: tables before what hangs on them."""
        for table in self.every_table:
            yield table
            yield from table.every_column
            yield from table.every_constraint
        yield from self.others.values()

    def standing(self, table: str | None, key: Key) -> ConstraintTimeline | None:
        """The constraint that a table has now under that very key."""
        found = self.tables.get(table or "")
        return found.constraints.get(key) if found is not None else None

    def bearers(self, name: str | None) -> Iterator[TableTimeline]:
        """The tables that bear a name at some time: at any one time a single one."""
        if self._bearers is None:
            self._bearers = {}
            for timeline in self.every_table:
                for each in timeline.names:
                    self._bearers.setdefault(each, []).append(timeline)
        return iter(self._bearers.get(name, ())) if name is not None else iter(())

    def apply(self, all_changes: Iterable[Change], op: Op) -> None:
        """Applies changes. One that names a thing which nobody made is passed over (`IF EXISTS`, an opaque maker)."""
        self._bearers = None
        for change in all_changes:
            carry_out(self, change, op)
            if self.others and not isinstance(change, ch.Opaque):
                leave_unsaid(self.others.values(), change, cascades=self.cascades)

    def loosen(self, migration: int, operation: int | None = None) -> None:
        """What this migration did, or one operation of it, may have had no effect."""
        for timeline in self.object_timelines():
            steps: list[Any] = list(timeline.steps)
            ran = {step.op for step in steps if step.op is not None and step.op[0] == migration}
            timeline.maybe_noop_ops |= {op for op in ran if operation in (None, op[1])}

    def assume(self, shape: Shape) -> None:
        """What an operation takes for granted and none made begins in that shape: from outside, or by state alone."""
        self._bearers = None
        table = self.tables.get(shape.name)
        if table is None:
            table = TableTimeline(steps=[Step(None, TableShape(shape.name, shape.comment))])
            self.tables[shape.name] = table
            self.every_table.append(table)
            for key, constraint in shape.constraints.items():
                timeline = ConstraintTimeline(steps=[Step(None, constraint)], table=table, key=key)
                table.constraints[key] = timeline
                table.every_constraint.append(timeline)
                self.foreign_keys.note(timeline)
        for column in shape.columns.values():
            if column.name not in table.columns:
                table.columns[column.name] = ColumnTimeline(steps=[Step(None, column)], table=table)
                table.every_column.append(table.columns[column.name])

    # ------------------------------------------------------------------------------------------------------- tables
    def create_table(self, change: ch.CreateTable, op: Op) -> None:
        name = change.table.name
        if name in self.tables:
            if change.takes_over:
                self._take_over(self.tables[name], change, op)
            return  # or IF NOT EXISTS
        timeline = self.gone_tables.pop(name, None)
        if timeline is None:
            timeline = TableTimeline()
            self.every_table.append(timeline)
        self.tables[name] = timeline
        timeline.go(op, TableShape(name, change.table.comment, change.table.owner, change.table.logged))
        for column in change.table.columns.values():
            self._add_column(timeline, column, op)
        for key, constraint in change.constraints.items():
            self._add_constraint(timeline, key, constraint, op)

    def _take_over(self, timeline: TableTimeline, change: ch.CreateTable, op: Op) -> None:
        """A second model on one table: what the table has stays, what the model has more is added."""
        self._hand_over(timeline, op, left=False)
        for column in change.table.columns.values():
            there = timeline.columns.get(column.name)
            if there is None:
                self._add_column(timeline, column, op)
            elif there.shape is not None:
                there.go(op, as_it_stands(column, there.shape))
        for key, constraint in change.constraints.items():
            same = held_by(timeline, key, constraint, change.constraints)
            if same is None:
                self._add_constraint(timeline, key, constraint, op)
                continue
            timeline.constraints[key] = timeline.constraints.pop(same.key)
            same.key = key
            same.go(op, constraint)

    def _hand_over(self, timeline: TableTimeline, op: Op, *, left: bool) -> None:
        if timeline.shape is not None:
            timeline.go(op, replace(timeline.shape, hands=timeline.shape.hands + 1, left=left))
            self.handed_over[timeline] = None

    def leave_table(self, change: ch.LeaveTable, op: Op) -> None:
        timeline = self.tables.get(change.name)
        if timeline is not None:
            self._hand_over(timeline, op, left=True)

    def drop_table(self, change: ch.DropTable, op: Op) -> None:
        timeline = self.tables.pop(change.name, None)
        if timeline is None:
            return
        if change.may_stay:
            parts: list[AnyTimeline] = [timeline, *timeline.columns.values(), *timeline.constraints.values()]
            for each in parts:
                each.maybe_noop_ops |= {op}
        for key in list(timeline.constraints):
            self._drop_constraint(timeline, key, op)
        for name in list(timeline.columns):
            self._drop_column(timeline, name, op)
        timeline.go(op, None)
        self.gone_tables[change.name] = timeline
        for constraint, _ in self.foreign_keys.to_table(change.name):  # CASCADE
            self._drop_constraint(constraint.table, constraint.key, op)

    def rename_table(self, change: ch.RenameTable, op: Op) -> None:
        timeline = self.tables.get(change.name)
        if timeline is None or timeline.shape is None or change.new_name in self.tables:
            return
        self.tables[change.new_name] = self.tables.pop(change.name)
        timeline.go(op, replace(timeline.shape, name=change.new_name))
        for constraint, shape in self.foreign_keys.to_table(change.name):
            constraint.go(op, replace(shape, target=change.new_name))
            self.foreign_keys.note(constraint)

    def comment_table(self, change: ch.CommentTable, op: Op) -> None:
        timeline = self.tables.get(change.name)
        if timeline is not None and timeline.shape is not None:
            timeline.go(op, replace(timeline.shape, comment=change.comment))

    def alter_table(self, change: ch.AlterTable, op: Op) -> None:
        timeline = self.tables.get(change.name)
        if timeline is not None and timeline.shape is not None:
            timeline.go(op, replace(timeline.shape, **change.changes))

    # ------------------------------------------------------------------------------------------------------ columns
    def add_column(self, change: ch.AddColumn, op: Op) -> None:
        table = self.tables.get(change.table)
        if table is not None:
            self._add_column(table, change.column, op)

    @staticmethod
    def _add_column(table: TableTimeline, column: Column, op: Op) -> None:
        if column.name in table.columns:
            return
        timeline = table.gone_columns.pop(column.name, None)
        if timeline is None:
            timeline = ColumnTimeline(table=table)
            table.every_column.append(timeline)
        table.columns[column.name] = timeline
        timeline.go(op, column)

    def drop_column(self, change: ch.DropColumn, op: Op) -> None:
        table = self.tables.get(change.table)
        if table is not None and change.name in table.columns:
            for key, constraint in list(table.constraints.items()):
                if constraint.shape is not None and change.name in reads(constraint.shape):
                    self._drop_constraint(table, key, op)
            self._drop_column(table, change.name, op)
            for constraint, _ in list(self.foreign_keys.to_column(change.table, change.name)) if self.cascades else ():
                self._drop_constraint(constraint.table, constraint.key, op)

    @staticmethod
    def _drop_column(table: TableTimeline, name: str, op: Op) -> None:
        timeline = table.columns.pop(name)
        timeline.go(op, None)
        table.gone_columns[name] = timeline

    def alter_column(self, change: ch.AlterColumn, op: Op) -> None:
        table = self.tables.get(change.table)
        timeline = table.columns.get(change.name) if table is not None else None
        if table is None or timeline is None or timeline.shape is None:
            return
        shape = replace(timeline.shape, **change.changes)
        if shape.name != change.name:
            if shape.name in table.columns:
                return
            table.columns[shape.name] = table.columns.pop(change.name)
        timeline.go(op, shape)
        if change.meanwhile:
            timeline.meanwhile[op] = replace(shape, **change.meanwhile)
        if shape.name != change.name:
            self._rename_in_constraints(change.table, change.name, shape.name, op)

    def _rename_in_constraints(self, table: str, name: str, new_name: str, op: Op) -> None:
        """What the server does by itself when a column is renamed; a model's own diff says the same once more."""
        for constraint, shape in self.foreign_keys.to_column(table, name):
            constraint.go(op, replace(shape, target_columns=renamed(shape.target_columns, name, new_name)))
        for constraint in self.tables[table].constraints.values():
            if constraint.shape is not None and name in reads(constraint.shape):
                constraint.go(op, renamed_over(constraint.shape, name, new_name))

    # -------------------------------------------------------------------------------------------------- constraints
    def add_constraint(self, change: ch.AddConstraint, op: Op) -> None:
        table = self.tables.get(change.table)
        if table is not None:
            set_aside(table, change.key, change.constraint)
            self._add_constraint(table, change.key, change.constraint, op)
        else:
            view_indexes.made(self.others, change, op)

    def _add_constraint(self, table: TableTimeline, key: Key, constraint: Constraint, op: Op) -> None:
        if key in table.constraints:
            return
        timeline = table.gone_constraints.pop(key, None)
        if timeline is None:
            timeline = ConstraintTimeline(table=table, key=key)
            table.every_constraint.append(timeline)
        table.constraints[key] = timeline
        timeline.go(op, constraint)
        self.foreign_keys.note(timeline)

    def drop_constraint(self, change: ch.DropConstraint, op: Op) -> None:
        table, key = self._constraint(change.table, change.key)
        if table is not None:
            timeline = table.constraints[key]
            if change.if_exists and key != change.key:  # by a name that it may have
                timeline.maybe_noop_ops |= {op}
            self._drop_constraint(table, key, op)
        elif change.table is None:
            view_indexes.dropped(self.others, change.key[1], op)

    @staticmethod
    def _drop_constraint(table: TableTimeline, key: Key, op: Op) -> None:
        timeline = table.constraints.pop(key)
        timeline.go(op, None)
        table.gone_constraints[key] = timeline

    def alter_constraint(self, change: ch.AlterConstraint, op: Op) -> None:
        table, key = self._constraint(change.table, change.key)
        if table is None:
            if change.table is None:
                view_indexes.renamed(self.others, change.key[1], change.new_key[1], op)
            return
        timeline = table.constraints[key]
        if change.if_exists and key != change.key and change.new_key[0] == "name":
            timeline.aliases |= {change.new_key[1]}  # or not, where it has another of its possible names
            return
        shape = change.constraint
        if shape is None and change.new_key == change.key:  # VALIDATE CONSTRAINT
            timeline.go(op, replace(timeline.shape, validated=True))  # type: ignore[type-var]
            return
        if shape is None and timeline.shape is not None:
            new_name = change.new_key[1] if change.new_key[0] == "name" else None
            shape = replace(timeline.shape, name=new_name, named=new_name is not None)
        if change.new_key != key:
            if change.new_key in table.constraints:
                return
            table.constraints[change.new_key] = table.constraints.pop(key)
            timeline.key = change.new_key
        timeline.go(op, shape)
        self.foreign_keys.note(timeline)

    def _constraint(self, table: str | None, key: Key) -> tuple[TableTimeline | None, Key]:
        tables = list(self.tables.values()) if table is None else [*filter(None, [self.tables.get(table)])]
        return find_constraint(tables, key)

    # ------------------------------------------------------------------------------------------------------- others
    def create_other(self, change: ch.CreateOther, op: Op) -> None:
        key = (change.kind, change.name)
        timeline = self.others.setdefault(key, OtherTimeline(kind=change.kind, name=change.name))
        timeline.made += 1
        timeline.statements.append(Statement(op, change.sql))
        timeline.words |= change.words
        if change.kind is Kind.FUNCTION:
            timeline.overloads.add(change.arguments)
        timeline.go(op, True)

    def drop_other(self, change: ch.DropOther, op: Op) -> None:
        timeline = self.others.get((change.kind, change.name))
        if timeline is not None:
            timeline.statements.append(Statement(op, None, drops=True, identity=change.identity))
            if not timeline.keeps_overloads(change.identity):
                timeline.go(op, None)
        if change.kind is Kind.VIEW:
            view_indexes.view_gone(self.others, change, op)
        if change.kind is Kind.TYPE:  # and the labels that were added to it
            for (kind, name), label in self.others.items():
                if kind is Kind.LABEL and name.startswith(f"{change.name}."):
                    label.go(op, None)
