"""What Django's `migrate` is about to do, worked out as its `handle` does, for as little as that can cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.migrations.exceptions import InconsistentMigrationHistory
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration
from django.db.migrations.recorder import MigrationRecorder

JOURNAL = "schemaguard_journal"


@dataclass(frozen=True, kw_only=True, slots=True)
class Going:
    """What `migrate` is about to run. `inconsistent`: why Django would refuse to start, in its words."""

    executor: MigrationExecutor
    targets: tuple[Any, ...]
    migrations: tuple[Migration, ...]
    backwards: bool = False
    inconsistent: str | None = None

    @property
    def loader(self) -> MigrationLoader:
        return self.executor.loader


def is_empty(connection: Any) -> bool:
    """Whether nothing can be in the way: no table or view, or an empty django_migrations alone. One query, or two."""
    table: str = MigrationRecorder.Migration._meta.db_table
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor, include_views=True))
    if tables - {table, JOURNAL}:
        return False
    if table in tables and MigrationRecorder(connection).migration_qs.exists():
        return False
    # Tables that are named `schema"."table` stand outside of what was asked for.
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
) -> Going | None:
    """None where there is nothing to judge: an empty database, a mistake that Django tells, or, unless `even_nothing`,
    no migration to run. Raises what Django raises on the same way."""
    if is_empty(connection):
        return None
    executor = MigrationExecutor(connection)
    inconsistent = None
    try:
        executor.loader.check_consistent_history(connection)
    except InconsistentMigrationHistory as error:
        inconsistent = str(error)
    if executor.loader.detect_conflicts():
        return None
    targets = targets_of(executor.loader, app_label, migration_name)
    plan = executor.migration_plan(list(targets))
    if not plan and inconsistent is None and not even_nothing:
        return None
    return Going(
        executor=executor,
        targets=targets,
        migrations=tuple(migration for migration, _ in plan),
        backwards=any(backwards for _, backwards in plan),
        inconsistent=inconsistent,
    )
