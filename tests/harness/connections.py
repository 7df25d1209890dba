"""Points Django's `default` connection of this process at another database, and back."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import connections

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness.databases import Database


@contextmanager
def connected(database: Database, alias: str = "default") -> Iterator[Any]:
    """Within this block `connections[alias]` is `database`; it opens when first used, and closes at the end.

    An alias that the settings do not have is there for the block alone.
    The connection of before is set aside untouched, not closed: it may be in the middle of a transaction.
    pytest-django keeps tests from opening connections; the fixtures of `tests/conftest.py` unblock that.
    """
    settings_before = connections.settings.get(alias)
    connection_before = connections[alias] if settings_before is not None else None
    # The handler keeps the connections of a thread apart from the settings they are made of; both change.
    connections.settings[alias] = connections.configure_settings({"default": {}, alias: database.settings})[alias]
    if connection_before is not None:
        del connections[alias]
    _forget_cached_rows()
    try:
        yield connections[alias]
    finally:
        connections[alias].close()
        if settings_before is None or connection_before is None:
            del connections.settings[alias], connections[alias]
        else:
            connections.settings[alias] = settings_before
            connections[alias] = connection_before
        _forget_cached_rows()


def _forget_cached_rows() -> None:
    """Managers of contenttypes and sites keep rows by alias, as though an alias were one database for ever."""
    for model in apps.get_models():
        forget = getattr(model._default_manager, "clear_cache", None)
        if forget is not None:
            forget()
