"""The models' side: every table of the project as Django's schema editor would make it in this database."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.apps import apps
from django.db.migrations.state import ProjectState

from schemaguard.history.installed import installed_tables
from schemaguard.history.shapes.table_names import table_key
from schemaguard.push.timelines import Timelines

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from schemaguard.history.shapes.shape import Shape
    from schemaguard.history.shapes.tables import ShapeMaker
    from schemaguard.history.state import ModelKey


@dataclass(frozen=True, slots=True)
class Expected:
    """One table and its model. `role` is the many-to-many field that it is made for; "" where it is the model's own."""

    shape: Shape
    model: ModelKey
    role: str


@dataclass(frozen=True, slots=True)
class Models:
    """The project's models: `tables` are those that this database should have, by name."""

    state: ProjectState
    tables: Mapping[str, Expected]
    claimed: frozenset[str]
    """Tables of any model, unmanaged ones and those of other databases included."""
    timelines: Timelines = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        shapes = {name: each.shape for name, each in self.tables.items()}
        object.__setattr__(self, "timelines", Timelines(shapes))

    def of(self, key: ModelKey) -> Mapping[str, Expected]:
        """A model's tables by role; empty where it has none here."""
        return {each.role: each for each in self.tables.values() if each.model == key}


def models(maker: ShapeMaker, state: ProjectState | None = None) -> Models:
    """The tables of a state's models; of the installed ones, as they are now, where no state is given."""
    now, name_bytes = state is None, maker.backend.name_bytes
    state = ProjectState.from_apps(apps) if state is None else state
    tables: dict[str, Expected] = {}
    for key in state.models:
        for role, shape in maker.shapes(state, key).items():
            tables.setdefault(shape.name, Expected(shape, key, role))
    claimed = set(tables)
    if now:
        claimed |= {table for table, _ in installed_tables(name_bytes)}
        claimed |= {table_key(model._meta.db_table, name_bytes) for model in apps.get_models(include_swapped=True)}
    return Models(state, tables, frozenset(claimed))


def of_apps(tables: Mapping[str, Expected], labels: Collection[str]) -> dict[str, Expected]:
    """The tables of some apps; all where none is named."""
    return {name: each for name, each in tables.items() if not labels or each.model[0] in labels}
