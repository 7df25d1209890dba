"""What every schema editor does with the difference between a model's tables before an operation and after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.db.migrations.migration import Migration
    from django.db.migrations.operations.base import Operation
    from django.db.migrations.state import ProjectState

    from schemaguard.history.changes import Change
    from schemaguard.history.object_timeline import Op
    from schemaguard.history.shapes.shape import Shapes
    from schemaguard.history.shapes.tables import ShapeMaker
    from schemaguard.history.state import ModelKey
    from schemaguard.history.timelines import Timelines


@dataclass(frozen=True, slots=True)
class ModelChange:
    """An operation, and the tables of one model before it and after it."""

    operation: Operation
    op: Op
    model: ModelKey
    before: Shapes
    after: Shapes


class Editor:
    """One that does just what the difference says.

    What others do besides is in `made` (the changes are still to be applied) and in `note` (they have been).
    """

    def __init__(self, maker: ShapeMaker, timelines: Timelines, migrations: Sequence[Migration]) -> None:
        self.maker = maker
        self.backend = maker.backend
        self.timelines = timelines
        self.migrations = migrations

    def begin(self, migration: Migration) -> None:
        """The next migration of the walk. Each has an editor of its own."""

    def foresee(self, app_label: str, operation: Operation, state: ProjectState) -> None:
        """Looks at the models before an operation moves them."""

    def apply(self, change: ModelChange, difference: Callable[[], list[Change]]) -> None:
        """Applies what becomes of the difference. It is only asked for where there may be one."""
        if self.alters(change):
            changes = self.made(change, difference())
            self.timelines.apply(changes, change.op)
            self.note(change, changes)

    def alters(self, change: ModelChange) -> bool:
        """Whether anything may happen to the tables of the model."""
        return change.before is not change.after and change.before != change.after

    def made(self, change: ModelChange, changes: list[Change]) -> list[Change]:  # noqa: ARG002 (others look at it)
        """Those that the editor makes of the changes that the difference tells."""
        return changes

    def note(self, change: ModelChange, changes: list[Change]) -> None:
        """What the timelines should know besides: that something may not be there, or is dropped and made again."""
