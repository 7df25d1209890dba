"""Where the classes of the installed models are written."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from schemaguard.history.installed import installed_tables
from schemaguard.history.source_files import class_line

if TYPE_CHECKING:
    from django.db.models import Model


class ModelSources:
    """By table. `name_bytes`: how long a name may be on that database."""

    def __init__(self, name_bytes: int | None) -> None:
        self._models = {table: model for table, model in installed_tables(name_bytes) if not model._meta.auto_created}

    def of(self, table: str) -> tuple[str | None, int | None]:
        """File and line of the class of its model. None for both where no class is written: of many-to-many fields."""
        model = self._models.get(table)
        return _source(model) if model is not None else (None, None)


def _source(model: type[Model]) -> tuple[str | None, int | None]:
    try:
        file = inspect.getsourcefile(model)
    except (OSError, TypeError):  # made at run time
        return None, None
    line = class_line(file, model.__qualname__) if file is not None else None
    return (file, line) if line is not None else (None, None)
