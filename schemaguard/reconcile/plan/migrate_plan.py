"""What Django's `migrate` is about to do, worked out as its `handle` does, with as few queries as possible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.migrations.exceptions import InconsistentMigrationHistory, NodeNotFoundError
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.migration import Migration

OURS = {"schemaguard_journal", "schemaguard_progress"}


@dataclass(frozen=True, kw_only=True, slots=True)
class MigratePlan:
    """What `migrate` is about to run. `inconsistent`: why Django would refuse to start.

    `vanished` are sentences about squashes that Django leaves out without a word.
    """

    executor: MigrationExecutor
    targets: tuple[Any, ...]
    migrations: tuple[Migration, ...]
    backwards: bool = False
    inconsistent: str | None = None
    vanished: tuple[str, ...] = ()

    @property
    def loader(self) -> MigrationLoader:
        return self.executor.loader


def is_empty(connection: Any) -> bool:
    """Whether the database is empty: no table or view, or an empty django_migrations alone. One query, or two."""
    table: str = MigrationRecorder.Migration._meta.db_table
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor, include_views=True))
    if tables - {table, *OURS}:
        return False
    if table in tables and MigrationRecorder(connection).migration_qs.exists():
        return False
    # Tables that are named `schema"."table` are in other schemas than those that were looked at.
    return not any('"."' in model._meta.db_table for model in apps.get_models())


def targets_of(loader: MigrationLoader, app_label: str | None, name: str | None) -> tuple[Any, ...]:
    """The targets that `migrate` makes of its arguments, as its `handle` does.

    Raises what the loader raises on an ambiguous or unknown name.
    """
    leaves = loader.graph.leaf_nodes()
    if app_label is None:
        return tuple(leaves)
    if name is None:
        return tuple(key for key in leaves if key[0] == app_label)
    if name == "zero":
        return ((app_label, None),)
    target = (app_label, loader.get_migration_by_prefix(app_label, name).name)
    if target not in loader.graph.nodes and target in loader.replacements:
        target = loader.replacements[target].replaces[-1]
    return (target,)


def look_ahead(
    connection: Any, app_label: str | None, migration_name: str | None, *, even_nothing: bool = False
) -> MigratePlan | None:
    """What `migrate` is about to run on a database that is not empty; None where there is nothing to judge.

    That is a mistake that Django tells by itself, or, unless `even_nothing`, no migration to run. Raises what Django
    raises there.
    """
    inconsistent = None
    try:
        executor = MigrationExecutor(connection)
        executor.loader.check_consistent_history(connection)
    except NodeNotFoundError:
        executor, inconsistent = _with_half_recorded(connection)
    except InconsistentMigrationHistory as error:
        inconsistent = str(error)
    if executor.loader.detect_conflicts():
        return None
    vanished = dict(_vanished(executor.loader)) if executor.loader.replacements else {}
    targets = targets_of(executor.loader, app_label, migration_name)
    plan = executor.migration_plan(list(targets))
    if vanished and plan:
        whole, why = _with_half_recorded(connection)
        graph = whole.loader.graph
        if any(not vanished.keys().isdisjoint(graph.forwards_plan((each.app_label, each.name))) for each, _ in plan):
            executor, inconsistent, plan = whole, why, whole.migration_plan(list(targets))
    if not plan and inconsistent is None and not even_nothing and not vanished:
        return None
    return MigratePlan(
        executor=executor,
        targets=targets,
        migrations=tuple(migration for migration, _ in plan),
        backwards=any(backwards for _, backwards in plan),
        inconsistent=inconsistent,
        vanished=tuple(vanished.values()),
    )


def _vanished(loader: MigrationLoader) -> Iterator[tuple[tuple[str, str], str]]:
    """The squashes that Django takes out of its graph and replaces by nothing, and why."""
    from schemaguard.history.graph import half_recorded

    for key, sentence in half_recorded(loader.disk_migrations or {}, loader.applied_migrations):
        if key not in loader.graph.nodes:
            yield key, sentence


def _with_half_recorded(connection: Any) -> tuple[MigrationExecutor, str]:
    """An executor whose graph has the squashes that Django cannot put into its own, and why it cannot.

    Raises NodeNotFoundError where it is for another reason that migrations do not load.
    """
    from schemaguard.history.graph import Disk, half_recorded, load

    records = MigrationRecorder(connection).applied_migrations()
    loader = load(Disk(), records).loader
    executor = MigrationExecutor.__new__(MigrationExecutor)
    executor.connection, executor.loader = connection, loader
    return executor, "; ".join(sentence for _, sentence in half_recorded(loader.disk_migrations or {}, records))
