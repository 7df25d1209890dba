"""What a push is made of: tasks, each one thing done to one table. Tables are named by their key in a Schema."""

from __future__ import annotations

from dataclasses import dataclass

from schemaguard.history.changes import Key
from schemaguard.schema.objects import Column, Constraint, Table


@dataclass(frozen=True, slots=True)
class RenameTable:
    table: str
    new_name: str


@dataclass(frozen=True, slots=True)
class RenameColumn:
    table: str
    name: str
    new_name: str


@dataclass(frozen=True, slots=True)
class DropConstraint:
    table: str
    actual: Constraint


@dataclass(frozen=True, slots=True)
class DropTable:
    table: str


@dataclass(frozen=True, slots=True)
class MakeTable:
    table: str


@dataclass(frozen=True, slots=True)
class DropColumn:
    table: str
    name: str


@dataclass(frozen=True, slots=True)
class AlterColumn:
    """From the live shape to the models'. `attributes` names what differs."""

    table: str
    expected: Column
    actual: Column
    attributes: frozenset[str]


@dataclass(frozen=True, slots=True)
class ReplaceColumn:
    """The live column cannot become the models' one: it is dropped, and made anew."""

    table: str
    expected: Column
    actual: Column


@dataclass(frozen=True, slots=True)
class AddColumn:
    table: str
    column: Column


@dataclass(frozen=True, slots=True)
class MakeConstraint:
    table: str
    key: Key
    constraint: Constraint


@dataclass(frozen=True, slots=True)
class SetComment:
    table: str
    comment: str | None


@dataclass(frozen=True, slots=True)
class Rebuild:
    """The whole table is made anew as the models say, its rows copied: `tasks` are what that brings about."""

    table: str
    live: Table
    tasks: tuple[Task, ...]
    kept: tuple[str, ...] = ()
    """Names of indexes that raw SQL of the migrations made."""


Task = (
    RenameTable
    | RenameColumn
    | DropConstraint
    | DropTable
    | MakeTable
    | DropColumn
    | AlterColumn
    | ReplaceColumn
    | AddColumn
    | MakeConstraint
    | SetComment
    | Rebuild
)
ORDER: tuple[type, ...] = (
    RenameTable,
    RenameColumn,
    DropConstraint,
    DropTable,
    MakeTable,
    DropColumn,
    AlterColumn,
    ReplaceColumn,
    AddColumn,
    Rebuild,
    MakeConstraint,
    SetComment,
)
"""In this order no task needs a later one, but for the foreign keys (`ordered`)."""


def ordered(tasks: list[Task]) -> list[Task]:
    """Foreign keys go before, and come after, what they hang on; keys come before the rest."""

    def rank(task: Task) -> tuple[int, int]:
        kind = getattr(getattr(task, "constraint", None) or getattr(task, "actual", None), "kind", None)
        weight = 0
        if isinstance(task, DropConstraint):
            weight = {"foreign_key": 0, "primary_key": 2}.get(getattr(kind, "value", ""), 1)
        elif isinstance(task, MakeConstraint):
            weight = {"primary_key": 0, "unique": 1, "foreign_key": 3}.get(getattr(kind, "value", ""), 2)
        return ORDER.index(type(task)), weight

    return sorted(tasks, key=rank)


def describe(task: Task) -> str:
    """What a task does, in a few words."""
    match task:
        case RenameTable(table, new_name):
            return f"rename table {table} to {new_name}"
        case RenameColumn(table, name, new_name):
            return f"rename column {table}.{name} to {new_name}"
        case DropConstraint(table, actual):
            return f"drop {_kind(actual)} {actual.name or _over(actual)} on {table}"
        case DropTable(table):
            return f"drop table {table}"
        case MakeTable(table):
            return f"make table {table}"
        case DropColumn(table, name):
            return f"drop column {table}.{name}"
        case AlterColumn(table, expected, _, attributes):
            return f"alter column {table}.{expected.name} ({', '.join(sorted(attributes))})"
        case ReplaceColumn(table, expected, _):
            return f"drop column {table}.{expected.name} and make it anew as {expected.type}"
        case AddColumn(table, column):
            return f"add column {table}.{column.name}"
        case MakeConstraint(table, _, constraint):
            return f"make {_kind(constraint)} {constraint.name or _over(constraint)} on {table}"
        case SetComment(table, _):
            return f"set the comment of {table}"
        case Rebuild(table, _, tasks, _):  # pragma: no branch - there is no other kind
            return "; ".join(describe(each) for each in tasks) + f" (making {table} anew)"


def _kind(constraint: Constraint) -> str:
    return constraint.kind.words


def _over(constraint: Constraint) -> str:
    return f"over {', '.join(constraint.columns)}"
