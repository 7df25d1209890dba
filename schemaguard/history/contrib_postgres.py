"""The operations of django.contrib.postgres, which need a driver to be imported at all."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from schemaguard.history import changes as ch
from schemaguard.schema.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

OPERATIONS = "django.contrib.postgres.operations"


def is_of_contrib(operation: Any, name: str) -> bool:
    """Whether it is an operation of that class, or of one made of it: a project that has one has imported them."""
    module = sys.modules.get(OPERATIONS)
    return module is not None and isinstance(operation, getattr(module, name))


def changes_by_contrib(operation: Any) -> Iterator[ch.Change]:
    """What the models do not say, or not all of it."""
    if OPERATIONS not in sys.modules:
        return
    if is_of_contrib(operation, "CreateExtension"):
        yield ch.CreateOther(Kind.EXTENSION, operation.name)
    elif is_of_contrib(operation, "CreateCollation"):
        yield ch.CreateOther(Kind.COLLATION, operation.name)
    elif is_of_contrib(operation, "RemoveCollation"):
        yield ch.DropOther(Kind.COLLATION, operation.name)
