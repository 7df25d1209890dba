"""pre_migrate and post_migrate, as `migrate` sends them: content types and permissions come from there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps as global_apps
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import transaction
from django.db.models.signals import post_migrate, pre_migrate

from schemaguard.diagnosis.model import Action, State
from schemaguard.error_text import reason
from schemaguard.history.receivers import receivers
from schemaguard.operations.perform.project_states import operations_of, state_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.migrations.state import ProjectState

    from schemaguard.location.location import Location
    from schemaguard.operations.steps import Step


def before(connection: BaseDatabaseWrapper, location: Location, verbosity: int) -> list[str]:
    """Sends pre_migrate with the models of what is recorded. Its plan is empty, since contenttypes would add to it.

    A handler that fails is a warning, as in `after`: its models may be those of records that are wrong.
    """
    spared = all(map(_is_of_django, receivers(pre_migrate)))

    def emit() -> None:
        apps = global_apps if spared else _recorded(location, ()).apps
        emit_pre_migrate_signal(max(0, verbosity - 1), False, connection.alias, apps=apps, plan=[])

    return _sent(connection, "pre_migrate", emit)


def waits(location: Location, steps: Sequence[Step]) -> bool:
    """Whether post_migrate has to wait for a `migrate`, since something is left to migrate.

    Its handlers expect the models of the end. In the middle of a history they would make permissions under names that
    a pending rename then cannot take any more.
    """
    done = {step.position for step in steps if step.action is not Action.UNRECORD}
    return any(state is State.PENDING and m not in done for m, state in enumerate(location.states.migrations))


def after(
    connection: BaseDatabaseWrapper, location: Location, verbosity: int, steps: Sequence[Step] = (), *,
    models_match_state: bool = False,
) -> list[str]:  # fmt: skip
    """Sends post_migrate with the models of what is recorded, by these `steps` too, and the migrations that were run.

    `models_match_state`: the project's models are those of its migrations. Then Django's own handlers are given the
    real models, and none is rendered for them.

    It is sent inside the transaction of the steps, so that a run which is killed leaves all or nothing. If a handler
    fails, only what the handlers did is taken back, and a warning is returned. The next `migrate` calls them again.
    """
    plan = [
        (location.graph.plan[step.position], False)
        for step in steps
        if step.position is not None and step.action in (Action.RUN, Action.COMPLETE)
    ]
    spared = models_match_state and not waits(location, steps) and all(map(_is_of_django, receivers(post_migrate)))

    def emit() -> None:
        apps = global_apps if spared else _recorded(location, steps).apps
        emit_post_migrate_signal(max(0, verbosity - 1), False, connection.alias, apps=apps, plan=plan)

    return _sent(connection, "post_migrate", emit)


def _sent(connection: BaseDatabaseWrapper, name: str, emit: Callable[[], None]) -> list[str]:
    """Sends the signal. Returns what went wrong; what the handlers did is taken back then."""
    try:
        with transaction.atomic(using=connection.alias):
            emit()
    except (Exception, SystemExit) as error:  # noqa: BLE001 (a handler may raise anything)
        return [f"a handler of {name} failed, migrate will call it again: {reason(error)}"]
    return []


def _is_of_django(receiver: Any) -> bool:
    return str(getattr(receiver, "__module__", "")).startswith("django.contrib.")


def _recorded(location: Location, steps: Sequence[Step]) -> ProjectState:
    """As MigrationExecutor._create_project_state(with_applied_migrations=True) makes it, from a graph that is read."""
    new = {step.position for step in steps if step.records}
    return state_of(location, operations_of(location, lambda op: location.graph.recorded[op[0]] or op[0] in new))
