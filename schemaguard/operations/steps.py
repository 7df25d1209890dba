"""A step: what is done for one migration, by tasks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from schemaguard.operations.subjects import op_of, timeline_of
from schemaguard.operations.tasks import MakeConstraint, Task

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from schemaguard.diagnosis.model import Action, Hazard
    from schemaguard.history.graph import Key


@dataclass(slots=True)
class Step:
    """What is done for one migration. `position` is that in the history; None for a record without a file."""

    action: Action
    key: Key
    position: int | None = None
    tasks: list[Task] = field(default_factory=list)
    """Tasks that go by the models after everything that the database holds."""
    sequence: dict[int, list[Task]] = field(default_factory=dict)
    """The rest of a migration: tasks by operation, each on the models as they are before that operation.

    After the last operation comes what Django's schema editor makes at the end of a migration.
    """
    records: tuple[Key, ...] = ()
    """The rows that django_migrations has afterwards because of this step."""
    removes: tuple[Key, ...] = ()
    sql: tuple[str, ...] = ()
    record_sql: tuple[str, ...] = ()
    """What it writes into django_migrations, to be done by hand together with `sql`."""
    hazards: tuple[Hazard, ...] = ()
    evidence: tuple[str, ...] = ()
    done: tuple[int, ...] = ()
    """Indexes of the operations that are in the database already."""

    @property
    def every_task(self) -> tuple[Task, ...]:
        return (*self.tasks, *(task for tasks in self.sequence.values() for task in tasks))

    @property
    def operations(self) -> tuple[int, ...]:
        """Indexes of the operations that this step runs or mends."""
        found = {
            o for number, tasks in self.sequence.items() for task in tasks for o in self._deferred_by(task) or [number]
        }
        for task in self.tasks:
            op = op_of(task)
            line = timeline_of(task)
            if op is not None:
                found.add(op[1])
            steps = line.steps if line is not None else ()
            found |= {step.op[1] for step in steps if step.op is not None and step.op[0] == self.position}
        return tuple(sorted(found))

    def _deferred_by(self, task: Task) -> list[int]:
        """The operations of the step that leave it to the end of the migration to make this."""
        deferred = task.timeline.deferred_ops if isinstance(task, MakeConstraint) else ()
        return [op[1] for op in deferred if op[0] == self.position]


def hazards_of(steps: Iterable[Step]) -> Iterator[Hazard]:
    """The hazards of several steps."""
    return (hazard for step in steps for hazard in step.hazards)
