"""Changes, spelt briefly: what SQL of migrations is read as."""

from __future__ import annotations

from typing import Any

from schemaguard.history.changes import (
    AddConstraint,
    Change,
)
from schemaguard.history.sql import parse
from schemaguard.schema.objects import (
    Check,
    Column,
    Constraint,
    Expression,
    ForeignKey,
    Index,
    IndexPart,
    Table,
)


def read(sql: str, dialect: str = "postgresql") -> list[Change]:
    return parse(sql, dialect=dialect, normal_type=lambda text: f"<{text}>")


def column(name: str, type_: str, **attributes: Any) -> Column:
    return Column(name=name, type=f"<{type_}>", **{"nullable": True, **attributes})


def table(name: str, *columns: Column, **attributes: Any) -> Table:
    return Table(name=name, columns={each.name: each for each in columns}, **attributes)


def index(name: str | None, *columns: str, **attributes: Any) -> Index:
    parts = tuple(IndexPart(column=each) for each in columns)
    return Index(name=name, **{"parts": parts, "named": name is not None, **attributes})


def unique(name: str | None, *columns: str, **attributes: Any) -> Index:
    return index(name, *columns, unique=True, constraint=True, **attributes)


def foreign_key(name: str | None, columns: str, target: str, target_columns: str = "", **attributes: Any) -> ForeignKey:
    return ForeignKey(
        name=name,
        columns=tuple(columns.split()),
        target=target,
        target_columns=tuple(target_columns.split()),
        **{"deferrable": False, "deferred": False, "named": name is not None, **attributes},
    )


def check(name: str | None, text: str, *columns: str, **attributes: Any) -> Check:
    return Check(name=name, expression=Expression(text), columns=columns, named=name is not None, **attributes)


def add(table_name: str, constraint: Constraint) -> AddConstraint:
    assert constraint.name is not None
    return AddConstraint(table_name, ("name", constraint.name), constraint)
