"""The names that PostgreSQL gives to constraints and indexes, where nobody chose one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from schemaguard.schema.kinds import KINDS, Kind
from schemaguard.schema.names import bare

if TYPE_CHECKING:
    from schemaguard.schema.objects import Constraint

MOST_BYTES = 63
"""NAMEDATALEN - 1."""
FIRST_CUT = 29
"""A table's name is never cut to fewer bytes than this, as makeObjectName of commands/indexcmds.c does it."""


def gives_name(name: str, table: str, constraint: Constraint) -> bool:
    """`TABLE_COLUMNS_LABEL`, and a number where that is taken.

    The table or the column may have had another name when it was given: one of the two has to be there still.
    """
    label = "excl" if constraint.kind is Kind.EXCLUSION else KINDS[constraint.kind].suffix
    found = re.search(rf"_(?:{label}|idx)\d*$", name)
    if found is None:
        return False
    if constraint.kind is Kind.PRIMARY_KEY or len(name.encode()) >= MOST_BYTES:
        return True
    columns = "_".join(constraint.columns)
    if name.endswith(found[0]) and columns and name[: found.start()].endswith(f"_{columns}"):
        return True
    return constraint.kind is not Kind.INDEX and name.startswith(bare(table)[:FIRST_CUT] + "_")
