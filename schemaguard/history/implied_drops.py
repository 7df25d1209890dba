"""Views, triggers and sequences that go with something else, of which no statement says that they go."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from schemaguard.history import changes as ch
from schemaguard.history.changes import Change
from schemaguard.history.object_timeline import OtherLine
from schemaguard.schema.names import bare

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


def leave_unsaid(others: Iterable[OtherLine], change: Change, *, makes_anew: bool) -> None:
    """What hangs on a table, or on a column of it, may go with it, and so may whatever hangs on that.

    Django drops with CASCADE, a sequence goes with the column that owns it, and a trigger with SQLite's old table where
    a new one takes its place (`makes_anew`).
    """
    name = getattr(change, "table", None) or getattr(change, "name", None)
    if not isinstance(name, str) or isinstance(change, ch.CreateOther | ch.DropOther):
        return
    standing = [line for line in others if line.shape]
    if isinstance(change, ch.RenameTable):
        for line in standing:
            if bare(name).lower() in line.words:
                line.words |= {bare(change.new_name).lower()}
    gone = {bare(name).lower()}
    while more := [line for line in standing if _may_go(line, change, gone, makes_anew)]:
        for line in more:
            line.fleeting |= {len(line.steps) - 1}
            gone.add(line.name.lower())
            standing.remove(line)


def _may_go(line: OtherLine, change: Change, gone: Collection[str], makes_anew: bool) -> bool:
    dropped = isinstance(change, ch.DropTable | ch.DropColumn)
    if line.kind == "sequence":
        return dropped or isinstance(change, ch.AlterColumn)
    hangs = not line.words.isdisjoint(gone)
    return hangs and (dropped or (line.kind == "trigger" and makes_anew))
