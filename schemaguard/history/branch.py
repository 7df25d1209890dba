"""A state of the models with the shapes of their tables, kept in step: only what an operation touched is made again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.history.shapes.shape import NOTHING, Shape, Shapes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from schemaguard.history.shapes.tables import ShapeMaker
    from schemaguard.history.state import ModelKey, Touched, TrackingState
    from schemaguard.schema.objects import Column


class Branch:
    """`shapes` holds what each model has of tables; `lookers[key]` are the models that look at a model."""

    def __init__(self, state: TrackingState, maker: ShapeMaker, shapes: Mapping[ModelKey, Shapes]) -> None:
        self.state = state
        self.maker = maker
        self.shapes: dict[ModelKey, Shapes] = {}
        self.lookers: dict[ModelKey, set[ModelKey]] = {}
        self._models: dict[str, dict[ModelKey, None]] = {}
        self._rank: dict[ModelKey, int] = {}
        self._count = 0
        for key, each in shapes.items():
            self._put(key, each)

    def has_table(self, name: str) -> bool:
        """Whether a model has that table, as its own or as that of a many-to-many field."""
        return bool(self._models.get(name))

    def shapes_of(self, table: str | None) -> Iterator[Shape]:
        """What models have of a table."""
        models = self._models.get(table or "", {})
        return (shape for key in models for shape in self.shapes[key].values() if shape.name == table)

    def copy(self) -> Branch:
        return Branch(self.state.clone(), self.maker, self.shapes)

    def refresh(self, touched: Touched) -> list[tuple[ModelKey, Shapes, Shapes]]:
        """(model, shapes before, shapes after) of every model that the last operation touched, or that looks at one."""
        moved = dict(touched.renamed_models)
        queue = list(touched.models)
        queue += moved.values()
        origin = {new: old for old, new in moved.items()}
        done: dict[ModelKey, tuple[Shapes, Shapes]] = {}
        while queue:
            key = queue.pop(0)
            if key in done or key in moved:
                continue
            former = origin.get(key, key)
            old = self.shapes.get(former, NOTHING)
            new = self.maker.next_shapes(old, self.state, key)
            done[key] = (old, new)
            lookers = self.lookers.get(key, set())
            if former != key:
                lookers = lookers | self.lookers.get(former, set())
            if lookers and (key in origin or not _look_alike(old, new)):
                queue += sorted(lookers & self.shapes.keys(), key=self._rank.__getitem__)
        for old_key in moved:
            self._put(old_key, NOTHING)
        for key, (_, new) in done.items():
            self._put(key, new)
        return [(key, old, new) for key, (old, new) in done.items()]

    def _put(self, key: ModelKey, shapes: Shapes) -> None:
        old = self.shapes.get(key, NOTHING)
        if not _stand_alike(old, shapes):
            for shape in old.values():
                self._models[shape.name].pop(key, None)
                for target in shape.targets:
                    self.lookers[target].discard(key)
            for shape in shapes.values():
                self._models.setdefault(shape.name, {})[key] = None
                for target in shape.targets:
                    self.lookers.setdefault(target, set()).add(key)
        if shapes:
            if key not in self.shapes:
                self._count += 1
                self._rank[key] = self._count
            self.shapes[key] = shapes
        else:
            self.shapes.pop(key, None)


def _look_alike(shapes: Shapes, others: Shapes) -> bool:
    """Whether other tables see the same of a model's: its name and its columns' names and types."""
    one, other = shapes.get(""), others.get("")
    if one is None or other is None:
        return one is other
    if one.columns is other.columns:
        return one.name == other.name
    return (
        one.name == other.name
        and one.columns.keys() == other.columns.keys()
        and all(_is_alike(column, other.columns[name]) for name, column in one.columns.items())
    )


def _is_alike(column: Column, other: Column) -> bool:
    return column is other or (
        column.name == other.name and column.type == other.type and column.collation == other.collation
    )


def _stand_alike(shapes: Shapes, others: Shapes) -> bool:
    """Whether two have the same tables, which look at the same models."""
    return shapes.keys() == others.keys() and all(
        shape.name == others[role].name and shape.targets == others[role].targets for role, shape in shapes.items()
    )
