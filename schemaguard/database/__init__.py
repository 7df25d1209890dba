"""Reading a live database: catalog in, Schema out. One folder a server family, each with the same names.

A folder is called as Django calls the vendor, and its `__init__` names the backend: there is no list of them to keep.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.database.base import Backend

FALLBACK = "generic"


def backend_of(connection: BaseDatabaseWrapper) -> Backend:
    """The backend for a connection's vendor; one on Django's own introspection where there is none of our own."""
    of_schema = getattr(connection, "backend_in_schema", None)
    return (of_schema and of_schema()) or backend_class(connection.vendor)(connection)


@cache
def backend_class(vendor: str) -> type[Backend]:
    """What is known of a server family without a connection."""
    spec = find_spec(f"{__name__}.{vendor}")
    is_folder = spec is not None and spec.submodule_search_locations is not None
    backend: type[Backend] = import_module(f"{__name__}.{vendor if is_folder else FALLBACK}").BACKEND
    return backend


def many_schemas(connection: BaseDatabaseWrapper) -> Any:
    """The module that reads many schemas of such a database together. None where a database has no schemas."""
    name = f"{__name__}.{connection.vendor}.many"
    try:
        spec = find_spec(name)
    except ModuleNotFoundError:  # a vendor without a folder of our own
        return None
    return import_module(name) if spec is not None else None
