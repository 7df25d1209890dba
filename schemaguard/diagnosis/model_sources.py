"""Where the classes of the installed models are written."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from schemaguard.history.installed import installed_tables

if TYPE_CHECKING:
    from collections.abc import Mapping


def model_sources(name_bytes: int | None) -> Mapping[str, tuple[str, int]]:
    """Table → file and line of its model's class; the automatic tables of many-to-many fields have none."""
    found: dict[str, tuple[str, int]] = {}
    for table, model in installed_tables(name_bytes):
        if model._meta.auto_created:
            continue
        try:
            file = inspect.getsourcefile(model)
            line = inspect.getsourcelines(model)[1]
        except (OSError, TypeError):  # made at run time
            continue
        if file is not None:
            found[table] = file, line
    return found
