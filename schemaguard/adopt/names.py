"""Names of models and fields for tables and columns, as Django's inspectdb makes them, where it makes usable ones."""

from __future__ import annotations

import keyword
import re
from typing import TYPE_CHECKING

from django.core.management.commands.inspectdb import Command as InspectDB

if TYPE_CHECKING:
    from collections.abc import Collection

RESERVED = frozenset({"pk", "check", "objects", "save", "delete", "clean", "full_clean", "refresh_from_db", "from_db"})


def model_name(table: str, taken: Collection[str]) -> str:
    """A class name that is not among `taken` (lower-cased)."""
    name = re.sub(r"[^a-zA-Z0-9]", "", table.title())
    if not name.isidentifier() or keyword.iskeyword(name):
        name = f"Table{name}"
    free, number = name, 1
    while free.lower() in taken:
        number += 1
        free = f"{name}{number}"
    return free


def field_name(column: str, taken: list[str], *, relation: bool, primary_key: bool) -> str:
    """A field's name that is not among `taken`."""
    name, _, _ = InspectDB().normalize_col_name(column, taken, relation)
    if name in RESERVED or (name == "id" and not primary_key) or not name.isidentifier() or hasattr(object, name):
        name = f"{name}_field"
    while name in taken:
        name += "_2"
    return str(name)
