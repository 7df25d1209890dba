"""Which objects should stand under a name, by the statements that ran."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemaguard.history.object_timeline import Statement
    from schemaguard.location.sql_objects.model import ReadStatement, SqlTimeline
    from schemaguard.location.sql_objects.what_ran import WhatRan

_PLAIN = re.compile(r"\s*CREATE\s+(?!OR\s+REPLACE\b)(?!(?:\w+\s+)*?IF\s+NOT\s+EXISTS\b)", re.IGNORECASE)
"""A CREATE that fails where the name is taken."""


def standing(sql_timeline: SqlTimeline, ran: WhatRan) -> tuple[tuple[ReadStatement, ...], ...]:
    """The statements that made each object which should stand: functions by their arguments. The last one counts.

    A statement without a record drops an object where it ran, and makes none.
    """
    from schemaguard.history.sql import leaves_what_is_there  # costs its time where SQL makes anything

    found: dict[object, list[ReadStatement]] = {}
    for read in sql_timeline.statements:
        statement = read.statement
        if statement.drops and ran.has(read.op):
            for key in [key for key in found if statement.identity is None or key in (None, statement.identity)]:
                del found[key]
        elif not statement.drops and ran.recorded[read.op[0]]:
            key = read.definition.identity if read.definition is not None else None
            if key not in found or statement.sql is None or not leaves_what_is_there(statement.sql):
                found.setdefault(key, []).append(read)
    return tuple(map(tuple, found.values()))


def fails_where_taken(statement: Statement, recorded: Sequence[bool]) -> bool:
    """Whether it is to come, and its CREATE fails where the name is taken."""
    return not recorded[statement.op[0]] and _PLAIN.match(statement.sql or "") is not None
