"""Indexes of materialized views: each is known by its name, and goes with its view."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import TYPE_CHECKING

from schemaguard.history.object_timeline import Op, OtherTimeline, Statement
from schemaguard.schema.kinds import Kind
from schemaguard.schema.names import bare
from schemaguard.schema.objects import Index

if TYPE_CHECKING:
    from schemaguard.history import changes as ch

Others = MutableMapping[tuple[Kind, str], OtherTimeline]


def made(others: Others, change: ch.AddConstraint, op: Op) -> None:
    """An index on what is no table: on a view that migrations make. One without a name is passed over."""
    view, name = others.get((Kind.VIEW, bare(change.table))), change.constraint.name
    if view is not None and view.shape and name is not None and isinstance(change.constraint, Index):
        _stands(others, name, Statement(op, change.sql, on=view.name), op)


def dropped(others: Others, name: str, op: Op) -> None:
    timeline = others.get((Kind.VIEW_INDEX, name))
    if timeline is not None and timeline.shape:
        _goes(timeline, op)


def renamed(others: Others, name: str, new_name: str, op: Op) -> None:
    timeline = others.get((Kind.VIEW_INDEX, name))
    if timeline is not None and timeline.shape:
        last = timeline.statements[-1]
        _goes(timeline, op)
        _stands(others, new_name, Statement(op, last.sql, on=last.on), op)


def view_gone(others: Others, change: ch.DropOther, op: Op) -> None:
    """They go with the view; where that gets another name, they are on that."""
    for timeline in list(_on(others, change.name)):
        if change.new_name is None:
            _goes(timeline, op)
        else:
            timeline.statements.append(Statement(op, timeline.statements[-1].sql, on=change.new_name))
            timeline.words |= {change.new_name.lower()}


def _on(others: Others, view: str) -> Iterator[OtherTimeline]:
    for (kind, _), timeline in others.items():
        if kind is Kind.VIEW_INDEX and timeline.shape and timeline.statements[-1].on == view:
            yield timeline


def _stands(others: Others, name: str, statement: Statement, op: Op) -> None:
    timeline = others.setdefault((Kind.VIEW_INDEX, name), OtherTimeline(kind=Kind.VIEW_INDEX, name=name))
    if timeline.shape or statement.on is None:  # or IF NOT EXISTS
        return
    timeline.made += 1
    timeline.statements.append(statement)
    timeline.words |= {statement.on.lower()}
    timeline.go(op, True)


def _goes(timeline: OtherTimeline, op: Op) -> None:
    timeline.statements.append(Statement(op, None, drops=True))
    timeline.go(op, None)
