"""What the foreign keys of adopted tables may point at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schemaguard.history.installed import installed_tables

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Target:
    """What a foreign key may point at: a model of the project, or one of the draft; `fields` by column."""

    label: str
    fields: Mapping[str, tuple[str, bool]]
    """Column → (field name, whether it is the primary key)."""
    names: set[str]
    """What its fields, and the relations that lead back from it, are called."""

    def way_back(self, model: str, field_name: str) -> str | None:
        """A related_name for a key that points here, of a model by its lower-case name; None where Django's is free."""
        if self.names.isdisjoint((model, f"{model}_set")):
            self.names.update((model, f"{model}_set"))
            return None
        name = f"{model}_{field_name}_set"
        while name in self.names:
            name += "_2"
        self.names.add(name)
        return name


def targets_of_project(name_bytes: int | None) -> dict[str, Target]:
    """The tables of the project's models."""
    found = {}
    for table, model in installed_tables(name_bytes):
        if not model._meta.auto_created:
            fields = {str(each.column): (each.name, each.primary_key) for each in model._meta.local_concrete_fields}
            every: list[Any] = list(model._meta.get_fields(include_hidden=True))
            names = {str(each.name) for each in every}
            names |= {str(each.get_accessor_name()) for each in every if each.auto_created and not each.concrete}
            found[table] = Target(model._meta.label, fields, names)
    return found
