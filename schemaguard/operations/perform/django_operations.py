"""Django's own operations: run on a schema editor, or shown as the SQL that they come to."""

from __future__ import annotations

from contextlib import nullcontext
from copy import copy
from typing import TYPE_CHECKING, Any

from django.db import NotSupportedError, transaction
from django.db.migrations import RunPython, SeparateDatabaseAndState

from schemaguard.history.overrides import has_own_apply
from schemaguard.operations.perform.third_party import third_party

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.migrations.migration import Migration
    from django.db.migrations.operations.base import Operation
    from django.db.migrations.state import ProjectState

    from schemaguard.history.lazy_state import LazyState

OF_DJANGO = ("django.db.migrations.operations.", "django.contrib.postgres.operations")


def forwards(
    connection: BaseDatabaseWrapper, editor: Any, migration: Migration, operation: Operation,
    lazy_before: LazyState, lazy_after: LazyState,
) -> None:  # fmt: skip
    """Runs it as Migration.apply does. Raises what the operation raises; where SQL is only collected, nothing."""
    own = has_own_apply(migration)
    before, after = (lazy_before, lazy_after) if _is_plain(operation) and not own else _whole(lazy_before, lazy_after)
    if not editor.collect_sql:
        if own:
            alone = copy(migration)
            alone.operations = [operation]  # type: ignore[misc]  # an instance has its own (Migration.__init__)
            with third_party():
                alone.apply(before, editor)
        else:
            atomic = operation.atomic or (migration.atomic and operation.atomic is not False)
            alone_in_one = atomic and not editor.atomic_migration and not connection.in_atomic_block
            with third_party(), transaction.atomic(using=connection.alias) if alone_in_one else nullcontext():
                _run(migration.app_label, operation, editor, before, after)
        return
    if own:
        editor.collected_sql.append(f"-- {migration}: {operation.describe()} (its class decides whether to run it)")
        return
    if not operation.reduces_to_sql:
        editor.collected_sql.append(f"-- {migration}: {operation.describe()} (runs code)")
        return
    inside = connection.in_atomic_block
    strange = inside and not type(operation).__module__.startswith("django.db.migrations.")
    try:
        # An operation may query the database. If that fails, the transaction has to go on.
        with transaction.atomic(using=connection.alias) if strange else nullcontext():
            _run(migration.app_label, operation, editor, before, after)
    except Exception as error:  # noqa: BLE001 (an operation may ask for what is not there yet)
        if inside and isinstance(error, NotSupportedError):
            _outside(connection, editor, migration, operation, before, after)
            return
        reason = " ".join(str(error).split())
        editor.collected_sql.append(f"-- {migration}: {operation.describe()} (cannot be shown: {reason})")


def _run(app_label: str, operation: Operation, editor: Any, before: ProjectState, after: ProjectState) -> None:
    """Runs it with the model as it was rendered before the one as it will be.

    SQLite's editor takes fields of both for a table made anew, and Django orders fields by when they were rendered.
    """
    name = getattr(operation, "model_name", None)
    if isinstance(name, str) and (app_label, name.lower()) in before.models:
        before.apps.get_model(app_label, name)
    operation.database_forwards(app_label, editor, before, after)


def _is_plain(operation: Operation) -> bool:
    """Whether it is one of Django's, which look only at the models that they name, and at what the editor needs.

    An operation of a project, or of a third party, may look at all models.
    """
    if isinstance(operation, SeparateDatabaseAndState):
        return all(map(_is_plain, operation.database_operations))
    return type(operation).__module__.startswith(OF_DJANGO) and not isinstance(operation, RunPython)


def _whole(before: LazyState, after: LazyState) -> tuple[ProjectState, ProjectState]:
    whole = before.whole()
    return whole, whole if before is after else after.whole()


def _outside(
    connection: BaseDatabaseWrapper, editor: Any, migration: Migration, operation: Operation,
    before: ProjectState, after: ProjectState,
) -> None:  # fmt: skip
    """For operations that refuse to run in a transaction: AddIndexConcurrently refuses to be shown in one, too."""
    connection.in_atomic_block = False
    try:
        with third_party():
            _run(migration.app_label, operation, editor, before, after)
    finally:
        connection.in_atomic_block = True
