"""What hangs on tables and columns that a push would drop, and is no part of them. Such a push is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.operations import tasks as t
from schemaguard.operations.perform.dropping import named, sentence
from schemaguard.operations.subjects import flat

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemaguard.database.base import Backend
    from schemaguard.operations.tasks import Task


def in_the_way(backend: Backend, tasks: Iterable[Task]) -> tuple[str, ...]:
    """A sentence that names all of it, without what the tasks themselves drop first."""
    dropped: dict[tuple[str, str | None], None] = {}
    keys = set()
    for task in flat(tasks):
        match task:
            case t.DropTable(_, table):
                dropped[table, None] = None
            case t.DropColumn(_, table) | t.ReplaceColumn(_, table):
                dropped[table, task.name] = None
            case t.DropConstraint(_, table, actual):
                keys.add((table, actual.name))
    (hanging,) = backend.hanging(dropped) if dropped else ((),)
    found = [each for each in hanging if (each.table, each.key) not in keys]
    return (sentence(found, named(dropped)),) if found else ()
