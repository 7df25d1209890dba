"""What pending operations before another one do to the values of a column: what they leave alone can be counted now."""

from __future__ import annotations

import itertools
import re
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemaguard.schema.objects import Column

LENGTH = re.compile(r"\(\d+\)")
TEXTS = frozenset({"character varying", "varchar", "text", "longtext", "mediumtext"})
INTEGERS = frozenset({"smallint", "integer", "bigint", "int"})


class Values(Enum):
    """What becomes of the values that are there now; a value that an alteration fails over is told by that one."""

    KEPT = "kept"
    NULLS_FILLED = "nulls filled"
    """The others are kept."""
    CHANGED = "changed"


def values_after(shapes: Sequence[Column | None]) -> Values:
    """Of a column that goes through these shapes, from the one that it has now."""
    found = Values.KEPT
    for before, after in itertools.pairwise(shapes):
        if before is None or after is None or not _keeps(before, after):
            return Values.CHANGED
        if before.nullable and not after.nullable:
            found = Values.NULLS_FILLED
    return found


def _keeps(before: Column, after: Column) -> bool:
    if before.name != after.name or before.collation != after.collation or before.generated or after.generated:
        return False
    if before.type == after.type:
        return True
    kinds = {LENGTH.sub("", each.type).strip() for each in (before, after)}
    return kinds <= TEXTS or kinds <= INTEGERS
