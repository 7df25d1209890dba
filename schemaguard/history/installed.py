"""The tables of the installed models, as these are now, whether or not a migration knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps

from schemaguard.history.shapes.table_names import table_key

if TYPE_CHECKING:
    from collections.abc import Iterator


def installed_tables(name_bytes: int | None) -> Iterator[tuple[str, Any]]:
    """(key of its table in a Schema, model class) of all that have one of their own: a proxy is at its parent's.

    Unmanaged models and the automatic ones of many-to-many fields are among them; several may be at one table, of which
    the managed ones come last. `name_bytes` is the backend's.
    """
    models = [model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy]
    for model in sorted(models, key=lambda model: model._meta.managed):
        yield table_key(model._meta.db_table, name_bytes), model
