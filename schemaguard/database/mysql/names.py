"""The names that MySQL and MariaDB give to constraints and indexes, where nobody chose one."""

from __future__ import annotations

import re

from schemaguard.schema.objects import Check, Constraint, ForeignKey, Index, PrimaryKey


def gives_name(name: str, constraint: Constraint) -> bool:
    """An index has the name of its first column, and a number where that is taken."""
    match constraint:
        case PrimaryKey():
            return True
        case ForeignKey():
            return re.search(r"_ibfk_\d+$", name) is not None
        case Check():
            return re.search(r"_chk_\d+$|^CONSTRAINT_\d+$", name) is not None or name in constraint.columns
        case Index():
            first = constraint.parts[0].column if constraint.parts else None
            return first is not None and re.fullmatch(rf"{re.escape(first)}(?:_\d+)?", name) is not None
    return False
