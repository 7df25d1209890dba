"""The models after one set of operations, then after another: each goes on from the one before."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.db.migrations.state import ProjectState

from schemaguard.database import backend_of
from schemaguard.history.bits import positions_in
from schemaguard.history.lazy_state import LazyState
from schemaguard.history.model_groups import ModelGroups
from schemaguard.history.shapes.table_names import tables_of
from schemaguard.operations.perform.third_party import third_party

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.history.state import ModelKey
    from schemaguard.location.location import Location
    from schemaguard.operations.perform.operation_sets import OperationSet, OperationSets


class MovingState:
    """Goes from one set of operations to the next by what differs between the two.

    An operation that comes after all others is applied. For any other one, the models that it concerns are made anew,
    and the rest stays.
    """

    def __init__(self, connection: BaseDatabaseWrapper, location: Location, sets: OperationSets) -> None:
        self.plan = location.graph.plan
        self.history = location.history
        self.real_apps = set(location.graph.loader.unmigrated_apps)
        self.sets = sets
        self._connection = connection
        self._groups: ModelGroups | None = None
        self._bits: int | None = None
        self._state = self._empty()

    def at(self, ops: OperationSet) -> LazyState:
        """The models after these operations, in the order of the history. They are rendered when they are asked for.

        A caller that moves them on does so with a clone. Raises CodeFailed.
        """
        if ops.bits != self._bits:
            before, self._bits = self._bits, None  # until the new state is there: an operation may raise
            with third_party():
                self._move(before, ops)
            self._bits = ops.bits
        return self._state

    def _move(self, before: int | None, ops: OperationSet) -> None:
        self._state = self._state.clone()
        if before is None:
            self._begin_anew(ops)
        elif (added := before ^ ops.bits) & ((1 << before.bit_length()) - 1) == 0:
            self._apply(self._state, added)
        elif not self._exchange(before ^ ops.bits, ops):
            self._begin_anew(ops)

    def _begin_anew(self, ops: OperationSet) -> None:
        self._state = self._empty()
        if ops.is_all:
            self._state.put(self.history.state.models, frozenset())  # the one that the walk came to
        else:
            self._apply(self._state, ops.bits)

    def _exchange(self, changed: int, ops: OperationSet) -> bool:
        """Makes only the models anew that the changed operations concern. Returns whether that was possible."""
        self._groups = self._groups or ModelGroups(self.history)
        models, on_models = self._groups.around(changed)
        alone = self._empty(models)
        try:
            self._apply(alone, ops.bits & on_models)
        except Exception:  # noqa: BLE001  # one that looks at other models: with all of them it may well work
            return False
        self._state.put(dict.copy(alone.models), models)
        return True

    def _apply(self, state: LazyState, bits: int) -> None:
        for number in positions_in(bits):
            m, o = self.sets.ops[number]
            state.apply(self.plan[m].app_label, self.plan[m].operations[o])

    def _empty(self, only: frozenset[ModelKey] | None = None) -> LazyState:
        return lazily(self._connection, ProjectState(real_apps=self.real_apps), only)


def lazily(
    connection: BaseDatabaseWrapper, state: ProjectState, only: frozenset[ModelKey] | None = None
) -> LazyState:  # fmt: skip
    """The same state, which it does not change, rendered model by model."""
    return LazyState(
        state.models, set(state.real_apps), partial(tables_of, connection, backend_of(connection).name_bytes), only
    )
