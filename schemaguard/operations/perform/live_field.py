"""A field as the database has it. Django's schema editor is told that the column is altered from this."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from django.db import models

from schemaguard.database import backend_of

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.schema.objects import Column


def live_field(new: Any, actual: Column, connection: BaseDatabaseWrapper) -> Any:
    """A copy of a field with the type, nullability, collation and default of the live column."""
    old = copy.copy(new)
    parameters = dict(new.db_parameters(connection=connection))
    spelt = parameters["type"]
    # Spelled as the field does, if it is the same type: the editor compares texts, and would alter the type to itself.
    same = spelt is not None and backend_of(connection).normal_type(spelt) == actual.type
    kind = spelt if same else actual.type
    parameters["type"] = kind
    parameters["collation"] = actual.collation
    name, path, args, kwargs = new.deconstruct()
    old.column = actual.name
    old.null = actual.nullable
    old.db_parameters = lambda connection: parameters  # noqa: ARG005 (it is given by name, here and below)
    old.db_type = lambda connection: kind  # noqa: ARG005
    old.db_collation = actual.collation
    old.db_comment = actual.comment
    if kind != spelt and "Auto" not in new.get_internal_type():
        # PostgreSQL's editor asks for the internal type of a field, not for its db_type, before it writes USING.
        old.get_internal_type = lambda: "schemaguard"
    if not actual.auto:
        old.db_type_suffix = lambda connection: None  # noqa: ARG005
        if "Auto" in new.get_internal_type():
            old.get_internal_type = lambda: "schemaguard"
    # alter_field does nothing where the deconstructions are equal; these two never are.
    old.deconstruct = lambda: (name, path, args, {**kwargs, "schemaguard_live": repr(actual)})
    if hasattr(new, "db_default") and new.db_default is not models.NOT_PROVIDED and actual.default is None:
        old.db_default = models.NOT_PROVIDED
        old.__dict__.pop("_db_default_expression", None)
        kwargs.pop("db_default", None)  # the editor compiles the defaults of two fields that both name one
    return old
