"""What a task does, in a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.diagnosis.naming import called
from schemaguard.exhaustive import assert_never
from schemaguard.operations import tasks as t
from schemaguard.schema.objects import Index

if TYPE_CHECKING:
    from schemaguard.operations.tasks import Task


def describe(task: Task) -> str:
    """`add column shop_user.email`"""
    match task:
        case t.MakeTable() | t.RenameTable() | t.MoveTable() | t.DropTable() | t.SetComment() | t.AlterTable():
            return _of_table(task)
        case t.RebuildTable(_, live, parts):
            return "; ".join(map(describe, parts)) + f" (making {live.name} anew)"
        case t.MakeColumn() | t.ReplaceColumn() | t.AlterColumn() | t.UnmakeColumn() | t.RenameColumn():
            return _of_column(task)
        case t.DropColumn(_, table, name):
            return f"drop column {table}.{name}"
        case t.MakeConstraint(_, table, constraint):
            return f"make {called(constraint)} on {table}"
        case t.DropConstraint(_, table, actual):
            return f"drop {called(actual)} on {table}"
        case t.ValidateConstraint(_, table, Index() as actual):
            return f"make {called(actual)} on {table} visible"
        case t.ValidateConstraint(_, table, actual) if task.enforces:
            return f"enforce {actual.name} on {table}"
        case t.ValidateConstraint(_, table, actual):
            return f"validate {actual.name} on {table}"
        case t.RenameConstraint(_, table, actual, new_name):
            return f"rename {called(actual)} on {table} to {new_name}"
        case t.PromoteIndex(_, table, name, new_name):
            return f"make unique {new_name} on {table} of the index {name}"
        case t.RenameSequence() | t.SetSequence() | t.NumberColumn():
            return _of_numbers(task)
        case t.RunOperation() | t.CreateExtension() | t.RunSql() | t.MakeOther():
            return _of_statements(task)
        case _:
            assert_never(task)


def _of_table(
    task: t.MakeTable | t.RenameTable | t.MoveTable | t.DropTable | t.SetComment | t.AlterTable,
) -> str:
    match task:
        case t.MakeTable(_, name):
            return f"make table {name}"
        case t.RenameTable(_, name, new_name):
            return f"rename table {name} to {new_name}"
        case t.MoveTable(_, name, schema):
            return f"move table {name} to schema {schema}"
        case t.DropTable(_, name):
            return f"drop table {name}"
        case t.SetComment(_, table):
            return f"set the comment of {table}"
        case t.AlterTable(_, table):
            return f"alter table {table}"
        case _:
            assert_never(task)


def _of_column(
    task: t.MakeColumn | t.ReplaceColumn | t.AlterColumn | t.UnmakeColumn | t.RenameColumn,
) -> str:
    match task:
        case t.MakeColumn(_, table, column):
            return f"add column {table}.{column.name}"
        case t.ReplaceColumn(_, table, expected):
            return f"drop column {table}.{task.name} and make it anew as {expected.type}"
        case t.AlterColumn(_, table, expected):
            return f"alter column {table}.{expected.name} ({', '.join(sorted(task.changed))})"
        case t.UnmakeColumn(_, table, expected):
            return f"take column {table}.{expected.name} off, to make it anew"
        case t.RenameColumn(_, table, name, new_name):
            return f"rename column {table}.{name} to {new_name}"
        case _:
            assert_never(task)


def _of_numbers(task: t.SequenceTask) -> str:
    match task:
        case t.RenameSequence(name, new_name):
            return f"rename sequence {name} to {new_name}"
        case t.SetSequence(sequence, table, column):
            return f"set sequence {sequence} after {table}.{column}"
        case t.NumberColumn(table, column):
            return f"number {table}.{column} again"
        case _:
            assert_never(task)


def _of_statements(task: t.StatementTask) -> str:
    match task:
        case t.RunOperation((_, index)):
            return f"run operation {index}"
        case t.CreateExtension((_, index)):
            return f"create the extension of operation {index}"
        case t.RunSql((_, index)):
            return f"run the SQL of operation {index}"
        case t.MakeOther(timeline):
            return f"make {timeline.kind.words} {timeline.name}"
        case _:
            assert_never(task)
