"""Views, triggers and sequences that go with something else, of which no statement says that they go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.history import changes as ch
from schemaguard.schema.kinds import Kind
from schemaguard.schema.names import bare

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from schemaguard.history.changes import Change
    from schemaguard.history.object_timeline import OtherTimeline

WORDS_OF_SQL = frozenset(
    [
        "create",
        "or",
        "replace",
        "view",
        "materialized",
        "trigger",
        "function",
        "type",
        "sequence",
        "as",
        "select",
        "from",
        "where",
        "join",
        "on",
        "and",
        "not",
        "null",
        "is",
        "in",
        "returns",
        "language",
        "begin",
        "end",
        "new",
        "old",
        "return",
        "before",
        "after",
        "insert",
        "update",
        "delete",
        "for",
        "each",
        "row",
        "execute",
        "if",
        "exists",
        "table",
        "with",
        "set",
        "integer",
        "text",
    ]
)
"""Words that name no table."""


def leave_unsaid(others: Iterable[OtherTimeline], change: Change, *, cascades: bool) -> None:
    """What hangs on a table, or on a column of it, may go with it. So may what hangs on that.

    Before Django 6.1 a column is dropped with CASCADE where the server knows that. Since then such a server refuses to
    drop it as long as something hangs on it. So nothing outlives it there, whoever ran the history (`cascades`). A
    sequence goes with the column that owns it.
    """
    match change:
        case ch.DropColumn() | ch.AlterColumn():
            name = change.table
        case ch.DropTable() | ch.RenameTable():
            name = change.name
        case _:  # nothing of the kind goes with anything else
            return
    standing = [timeline for timeline in others if timeline.shape]
    if isinstance(change, ch.RenameTable):
        for timeline in standing:
            if bare(name).lower() in timeline.words:
                timeline.words |= {bare(change.new_name).lower()}
    gone = {bare(name).lower()}
    while more := [timeline for timeline in standing if _may_go(timeline, change, gone, cascades)]:
        for timeline in more:
            timeline.maybe_lost_steps |= {len(timeline.steps) - 1}
            gone.add(timeline.name.lower())
            standing.remove(timeline)


def _may_go(timeline: OtherTimeline, change: Change, gone: Collection[str], cascades: bool) -> bool:
    dropped = isinstance(change, ch.DropTable | ch.DropColumn)
    if timeline.kind is Kind.SEQUENCE:
        return dropped or isinstance(change, ch.AlterColumn)
    takes_along = isinstance(change, ch.DropTable) or (dropped and cascades)
    return takes_along and not timeline.words.isdisjoint(gone)
