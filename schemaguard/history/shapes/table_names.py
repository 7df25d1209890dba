"""The names of the tables of model states, as Django makes them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.utils import truncate_name

from schemaguard.schema.names import stored

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.migrations.state import ModelState


def is_swapped(model_state: ModelState) -> bool:
    """Whether a setting puts another model in this one's place."""
    setting = model_state.options.get("swappable")
    if not setting:
        return False
    from django.conf import settings

    chosen = getattr(settings, setting, None)
    return bool(chosen) and str(chosen).lower() != f"{model_state.app_label}.{model_state.name}".lower()


def table_name(connection: BaseDatabaseWrapper, model_state: ModelState) -> str:
    """`db_table`, or the one that Django makes of the model's name (django.db.models.options.Options)."""
    given = model_state.options.get("db_table")
    if given:
        return str(given)
    return _cut(f"{model_state.app_label}_{model_state.name_lower}", connection.ops.max_name_length())


@lru_cache(maxsize=4096)
def _cut(name: str, most: int | None) -> str:
    """The same is asked with every operation on the model, and on those that point at it."""
    return truncate_name(name, most)


def tables_of(connection: BaseDatabaseWrapper, name_bytes: int | None, model_state: ModelState) -> tuple[str, ...]:
    """The keys of the tables of one model, those of its many-to-many fields included.

    The empty name stands for the tables of a field that is not Django's own: nobody knows what it calls them.
    """
    options = model_state.options
    if options.get("proxy") or not options.get("managed", True) or is_swapped(model_state):
        return ()
    raw = table_name(connection, model_state)
    found = [table_key(raw, name_bytes)]
    for name, field_ in model_state.fields.items():
        if field_.many_to_many and getattr(field_.remote_field, "through", None) is None:
            table = many_to_many_table(connection, raw, name, field_)
            found.append(table_key(table, name_bytes) if type(field_) is models.ManyToManyField else "")
    return tuple(found)


def many_to_many_table(connection: BaseDatabaseWrapper, db_table: str, name: str, many: Any) -> str:
    return str(many.db_table or _cut(f"{db_table.strip(chr(34))}_{name}", connection.ops.max_name_length()))


def table_key(db_table: str, name_bytes: int | None) -> str:
    """The key of a table in a Schema: `"schema"."name"` loses its outer quotes, as the backend would read it.

    Django cuts no name that a model gives; the server may.
    """
    if len(db_table) > 2 and db_table.startswith('"') and db_table.endswith('"'):
        return '"."'.join(stored(each, name_bytes) for each in db_table[1:-1].split('"."'))
    return stored(db_table, name_bytes)
