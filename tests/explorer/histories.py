"""A history of one theme and number: always the same, as the files of an app."""

from __future__ import annotations

from copy import deepcopy
from random import Random
from typing import TYPE_CHECKING, Any

from django.db.migrations.migration import Migration
from django.db.migrations.state import ProjectState
from django.db.migrations.writer import MigrationWriter

from tests.explorer.fields import APP
from tests.explorer.operations import Explorer

if TYPE_CHECKING:
    from django.db.migrations.operations.base import Operation

Steps = list[list["Operation"]]


def steps(theme: str, number: int) -> Steps:
    """The operations of each migration. The models of every state along the way can be made."""
    random = Random(f"{theme} {number}")
    explorer = Explorer(random, theme)
    state, found = ProjectState(), []
    sizes = [1, 1, 1, 2, 3] if random.random() < 0.6 else [2, 3, 4]
    for _ in range(random.randrange(4, 10)):
        operations: list[Operation] = []
        explorer.young.clear()
        for _ in range(random.choice(sizes)):
            taken = _taken(explorer, state)
            if taken is not None:
                operation, state = taken
                operations.append(operation)
                explorer.taken(operation)
        if operations:
            found.append(operations)
    return found


def _taken(explorer: Explorer, state: ProjectState) -> tuple[Operation, ProjectState] | None:
    """An operation that this state allows, and the state after it."""
    for _ in range(20):
        operation = explorer.next(state)
        after = forward(state, operation) if operation is not None else None
        if operation is not None and after is not None:
            return operation, after
    return None


def forward(state: ProjectState, operation: Operation) -> ProjectState | None:
    """The state after the operation, or None where Django would make no models of it."""
    after = state.clone()
    try:
        # A copy, since a state alters the fields that it is given.
        deepcopy(operation).state_forwards(APP, after)
        rendered = after.clone().apps
        wrong = [each for model in rendered.get_models() for each in _wrong(model)]
    except Exception:  # whatever Django says: it is not a history that anybody has
        return None
    return None if wrong else after


def _wrong(model: Any) -> list[Any]:
    """The errors of Django's system check: those of the models which have nothing to do with a database."""
    found = [each for field in model._meta.local_fields for each in field.check()]
    found += [each for field in model._meta.local_many_to_many for each in field.check(from_model=model)]
    found += model._check_column_name_clashes() + model._check_field_name_clashes()
    return [each for each in found if each.level >= 40]


def files(found: Steps) -> dict[str, str]:
    """The source of each migration, by name."""
    made: dict[str, str] = {}
    for number, operations in enumerate(found, 1):
        migration: Any = Migration(f"{number:04}_step", APP)
        migration.operations = operations
        migration.dependencies = [(APP, list(made)[-1])] if made else []
        made[migration.name] = MigrationWriter(migration, include_header=False).as_string()
    return made
