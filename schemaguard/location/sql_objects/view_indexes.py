"""An index on a materialized view: read with the tables, called as its view is by then, and gone with its view."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from schemaguard.location.sql_objects.model import ReadLive, ReadStatement, SqlObject
from schemaguard.schema.compare import Match
from schemaguard.schema.definitions import Live, ViewIndex
from schemaguard.schema.kinds import Kind
from schemaguard.schema.names import bare
from schemaguard.schema.objects import Constraint, Schema

if TYPE_CHECKING:
    from schemaguard.history.object_timeline import OtherTimeline

Spell = Callable[[str, Constraint], str | None]
"""The statement that makes a constraint on a table; None where it cannot be told."""


def is_one(timeline: OtherTimeline) -> bool:
    return timeline.kind is Kind.VIEW_INDEX


def live(name: str, schema: Schema, spell: Spell) -> Iterator[ReadLive]:
    """The live index of that name. Its text is made of its shape, since no query of the backend tells it."""
    there = schema.view_index(name)
    if there is not None:
        view, index = there
        printed = Live(kind=Kind.VIEW_INDEX, name=name, sql=spell(view.name, index) or "")
        yield ReadLive(printed=printed, definition=ViewIndex(on=bare(view.name), index=index, view=view))


def as_called(read: ReadStatement, name: str, spell: Spell) -> ReadStatement:
    """The statement of an index, by the names that the index and its view have by then; any other as it is."""
    index, view = read.definition, read.statement.on
    if not isinstance(index, ViewIndex) or view is None or (index.on, index.index.name) == (view, name):
        return read
    called = replace(index, on=view, index=replace(index.index, name=name))
    return replace(read, sql=spell(view, called.index), definition=called)


def told_with_views(
    found: Collection[SqlObject], expected: Iterable[ReadStatement], schema: Schema
) -> Iterator[SqlObject]:
    """What is found, without the indexes whose view is found itself: these go with it, and come with it.

    `expected` is all that should stand. The indexes come last.
    """
    statements = [(each.definition.on, each.sql) for each in expected if isinstance(each.definition, ViewIndex)]
    made_anew = set()
    for thing in found:
        if thing.timeline.kind is Kind.VIEW:
            parts = tuple(sql for view, sql in statements if view == thing.timeline.name and sql is not None)
            yield replace(thing, parts=parts)
            if thing.live is None or thing.match is Match.DIFFERENT:
                made_anew.add(thing.timeline.name)
        elif not is_one(thing.timeline):
            yield thing
    for thing in filter(lambda thing: is_one(thing.timeline), found):
        view = (thing.expected.on if thing.expected is not None else None) or ""
        if thing.expected is None or (view not in made_anew and schema.has_other(Kind.VIEW, view)):
            yield thing
