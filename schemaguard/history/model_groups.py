"""Groups of models of which no operation of a history moves one and looks at another.

So the models of a group can be followed through a part of the history without all others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.migrations.operations import CreateModel, RenameField, RenameModel
from django.db.migrations.utils import resolve_relation

from schemaguard.history.bits import positions_in
from schemaguard.history.state import ModelKey, names_in_relation

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from django.db.migrations.operations.base import Operation

    from schemaguard.history.walk import History


class ModelGroups:
    """All operations have a number, their place in the history."""

    def __init__(self, history: History) -> None:
        self._leaders: dict[ModelKey, ModelKey] = {}
        self._touched = list(_touched(history))
        for keys in self._touched:
            self._join(keys)
        self._ops: dict[ModelKey, int] = {}
        for number, keys in enumerate(self._touched):
            for leader in {self._leader(key) for key in keys}:
                self._ops[leader] = self._ops.get(leader, 0) | 1 << number
        self._members: dict[ModelKey, set[ModelKey]] = {}
        for key in list(self._leaders):
            self._members.setdefault(self._leader(key), set()).add(key)

    def around(self, changed: int) -> tuple[frozenset[ModelKey], int]:
        """The groups of all models that these operations touch, and the bits of all operations on those."""
        leaders = {self._leader(key) for number in positions_in(changed) for key in self._touched[number]}
        models = frozenset[ModelKey]().union(*(self._members[leader] for leader in leaders))
        ops = 0
        for leader in leaders:
            ops |= self._ops[leader]
        return models, ops

    def _leader(self, key: ModelKey) -> ModelKey:
        way = []
        while (above := self._leaders.setdefault(key, key)) != key:
            way.append(key)
            key = above
        for passed in way:
            self._leaders[passed] = key
        return key

    def _join(self, keys: Iterable[ModelKey]) -> None:
        leaders = [self._leader(key) for key in keys]
        for leader in leaders[1:]:
            self._leaders[self._leader(leader)] = self._leader(leaders[0])


def _touched(history: History) -> Iterator[Collection[ModelKey]]:
    """By operation, the models that it may touch, in whatever part of the history it is applied.

    A rename touches what points at the model. Without the operation that takes such a field away, that is more than the
    walk has seen.
    """
    pointing = _pointing(history)
    for migration, operations in zip(history.migrations, history.operations, strict=True):
        for walked in operations:
            keys = set(walked.touched)
            for operation in _flat(walked.operation):
                for key, any_field in _renamed(migration.app_label, operation):
                    named = pointing.get(key, {})
                    keys |= {owner for owner, by_name in named.items() if any_field or by_name}
            yield keys


def _renamed(app_label: str, operation: Any) -> Iterator[tuple[ModelKey, bool]]:
    """The models whose relations a rename goes through: all of them, or only those that name a field."""
    if isinstance(operation, RenameModel):
        yield (app_label, operation.old_name_lower), True
        yield (app_label, operation.new_name_lower), True
    elif isinstance(operation, RenameField):
        yield (app_label, operation.model_name_lower), False


def _pointing(history: History) -> dict[ModelKey, dict[ModelKey, bool]]:
    """By model, those that a field of any operation makes point at it, and whether such a field names one of its."""
    found: dict[ModelKey, dict[ModelKey, bool]] = {}
    for migration in history.migrations:
        for whole in migration.operations:
            for operation in _flat(whole):
                for owner, field in _fields(operation):
                    remote = field.remote_field
                    for model in (remote.model, getattr(remote, "through", None)) if remote else ():
                        if model:
                            app_label, name = resolve_relation(model, migration.app_label, owner)
                            owners = found.setdefault((app_label, name.lower()), {})
                            key = migration.app_label, owner
                            owners[key] = owners.get(key, False) or bool(names_in_relation(field))
    return found


def _fields(operation: Any) -> Iterator[tuple[str, Any]]:
    """(model, field) for each field that an operation brings."""
    if isinstance(operation, CreateModel):
        for _, field in operation.fields:
            yield operation.name.lower(), field
    elif getattr(operation, "field", None) is not None and hasattr(operation, "model_name"):
        yield operation.model_name.lower(), operation.field


def _flat(operation: Any) -> Iterator[Operation]:
    """The operation, and those inside it that move the models."""
    yield operation
    for inner in getattr(operation, "state_operations", None) or ():
        yield from _flat(inner)
