"""Which names of constraints and indexes somebody chose. Two schemas that differ in the others alone are the same."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from schemaguard.schema.objects import Constraint

GIVEN_BY_DJANGO = re.compile(r"_[0-9a-f]{8}(?:_|$)|_[0-9a-f]{6}_idx$")
"""The digest in what `schema_editor._create_index_name` and `Index.set_name_with_model` make."""
GivesName = Callable[[str, str, Constraint], bool]


def with_choice(table: str, constraint: Constraint, gives_name: GivesName) -> Constraint:
    """The constraint, `named` where a person chose its name: neither Django nor the server makes such a one."""
    name = constraint.name
    chosen = name is not None and GIVEN_BY_DJANGO.search(name) is None and not gives_name(name, table, constraint)
    return replace(constraint, named=chosen)
