"""What a plan is made of: steps, each what is done for one migration, by tasks."""

from __future__ import annotations

from dataclasses import dataclass, field

from schemaguard.diagnosis.model import Action, Finding, Hazard
from schemaguard.history.graph import Key
from schemaguard.operations.tasks import CreateExtension, RunOperation, RunSql, Task
from schemaguard.reconcile.plan.choices import Choice


@dataclass(slots=True)
class Step:
    """What is done for one migration: `position` in the plan of the history, None for a record without a file."""

    action: Action
    key: Key
    position: int | None = None
    tasks: list[Task] = field(default_factory=list)
    """Mended on the models of everything that the database holds."""
    sequence: dict[int, list[Task]] = field(default_factory=dict)
    """The rest of a migration, by operation, each on the models of its own moment."""
    records: tuple[Key, ...] = ()
    """The rows that django_migrations has afterwards because of this step."""
    removes: tuple[Key, ...] = ()
    sql: tuple[str, ...] = ()
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
        found = set(self.sequence)
        for task in self.tasks:
            if isinstance(task, RunOperation | CreateExtension | RunSql):
                found.add(task.op[1])
            else:
                for step in getattr(getattr(task, "timeline", None), "steps", ()):
                    if step.op is not None and step.op[0] == self.position:
                        found.add(step.op[1])
        return tuple(sorted(found))


@dataclass(slots=True)
class Plan:
    """Steps in order, and what stands in their way: a sentence each, naming the option that says how.

    `choices` are the questions that nobody has answered yet; a blocked plan may have none, and an open one go on.
    `unmendable` are those of `blocked` against which no option helps.
    """

    steps: list[Step]
    blocked: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    warnings: tuple[str, ...] = ()
    unmendable: tuple[str, ...] = ()
    held: frozenset[int] = frozenset()
    """Positions of the migrations that the database holds, all, in part, or in another shape, before the plan."""
    accepted: frozenset[Finding] = frozenset()
    """What is left as it is on purpose."""
    left: frozenset[Key] = frozenset()
    """The migrations that are not applied for no other reason."""
