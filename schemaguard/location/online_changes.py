"""Tables that an online schema change made: gh-ost and pt-online-schema-change alter a copy, and swap it in.

They are known by their names and by what is in them. A copy has the columns of its table. Example: `_users_gho` for
`users`. What was killed, or keeps the old rows on purpose, leaves such tables behind.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from schemaguard.schema.kinds import Kind
from schemaguard.schema.values import value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemaguard.schema.definitions import Live
    from schemaguard.schema.objects import Schema, Table

NAME = re.compile(r"_+(?P<table>.+?)(?:_\d{14})?_(?P<part>gho|ghc|del|new|old)")
"""gh-ost writes `_t_gho`, keeps notes in `_t_ghc`, leaves `_t_del`; the other copies to `_t_new`, leaves `_t_old`."""
NOTES = frozenset({"id", "last_update", "hint", "value"})
"""The columns of `_t_ghc`."""
GH_OST, PT_OSC = "gh-ost", "pt-online-schema-change"
TRIGGER = re.compile(r"pt_osc_.+_(?:ins|upd|del)")
"""The names of the triggers by which pt-online-schema-change keeps its copy up to date."""
_SQL = re.compile(
    r"CREATE TRIGGER `(?:[^`]|``)*` \w+ (?P<event>\w+) ON `(?P<table>(?:[^`]|``)*)` FOR EACH ROW .*?"
    r"\b(?:INTO|FROM)\s+(?:`?(?P<database>\w+)`?\.)?`?(?P<copy>\w+)`?",
    re.IGNORECASE | re.DOTALL,
)
SHORT = "#sql-"
"""How the names of the server's own copies begin, where it was killed while it altered a table."""


@value(frozen=True, kw_only=True, slots=True)
class OnlineChange:
    """The tables that one tool made beside `table`. `under_way`: it may still be filling its copy."""

    table: str
    tool: str
    parts: tuple[str, ...]
    triggers: tuple[str, ...] = ()
    under_way: bool = False


@value(frozen=True, kw_only=True, slots=True)
class LeftTrigger:
    """A trigger of `table` that writes each `event` into `copy`, a table that is not there."""

    name: str
    table: str
    event: str
    copy: str


def left_triggers(schema: Schema, triggers: Iterable[Live], own: Iterable[str]) -> tuple[LeftTrigger, ...]:
    """Those of the tables `own`."""
    tables, found = frozenset(own), []
    for trigger in triggers:
        match = _SQL.match(trigger.sql or "")
        if match is not None and match["table"] in tables and schema.find(match["copy"]) is None:
            found.append(
                LeftTrigger(name=trigger.name, table=match["table"], event=match["event"].upper(), copy=match["copy"])
            )
    return tuple(sorted(found, key=lambda each: (each.table, each.name)))


def online_changes(schema: Schema, own: Iterable[str]) -> tuple[OnlineChange, ...]:
    """Those of the tables `own`, by what the catalog has. Asks nothing."""
    tables = {name: schema.tables[name] for name in own if name in schema.tables}
    parts: dict[tuple[str, str], dict[str, str]] = {}
    for name, table in schema.tables.items():
        match = NAME.fullmatch(name) if name.startswith("_") else None
        of = tables.get(match["table"]) if match is not None else None
        if match is not None and of is not None and _looks_like(table, of, match["part"]):
            tool = PT_OSC if match["part"] in ("new", "old") else GH_OST
            parts.setdefault((of.name, tool), {})[match["part"]] = name
    return tuple(_change(schema, table, tool, found) for (table, tool), found in sorted(parts.items()))


def _looks_like(copy: Table, table: Table, part: str) -> bool:
    """Whether a copy has most columns of its table, and notes have theirs."""
    if part == "ghc":
        return copy.columns.keys() >= NOTES
    return 2 * len(copy.columns.keys() & table.columns.keys()) > len(table.columns)


def _change(schema: Schema, table: str, tool: str, parts: dict[str, str]) -> OnlineChange:
    """gh-ost drops its notes at the end, the other tool its triggers: as long as they are there, it may go on."""
    its = re.compile(rf"pt_osc_.*_{re.escape(table)}_(?:ins|upd|del)")
    triggers = tuple(sorted(name for kind, name in schema.others if kind is Kind.TRIGGER and its.fullmatch(name)))
    under_way = "gho" in parts and "ghc" in parts if tool == GH_OST else "new" in parts and bool(triggers)
    return OnlineChange(
        table=table, tool=tool, parts=tuple(sorted(parts.values())), triggers=triggers if tool == PT_OSC else (),
        under_way=under_way,
    )  # fmt: skip
