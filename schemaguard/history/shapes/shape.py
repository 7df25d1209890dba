"""What a model comes to in the database: one `Shape` for each of its tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from schemaguard.schema.values import value

if TYPE_CHECKING:
    from schemaguard.history.changes import Key
    from schemaguard.history.state import ModelKey
    from schemaguard.schema.objects import Column, Constraint


@value(frozen=True, slots=True)
class Shape:
    """One table as a model gives it; `targets` are the models that its foreign keys look at.

    `automatic` is the key that Django adds to a model which declares none.
    """

    name: str
    columns: Mapping[str, Column]
    constraints: Mapping[Key, Constraint]
    comment: str | None = None
    targets: frozenset[ModelKey] = field(default=frozenset(), compare=False)
    automatic: str | None = field(default=None, compare=False)


Shapes = Mapping[str, Shape]
"""The tables of a model by role: its own is "", an automatic many-to-many table has the name of its field."""
NOTHING: Shapes = {}
