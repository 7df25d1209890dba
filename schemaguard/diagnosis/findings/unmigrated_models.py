"""Models that are ahead of their migrations, found by Django's own autodetector."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout, suppress
from functools import cache
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.core.checks import Tags, run_checks
from django.core.management import get_commands
from django.db.migrations import operations
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.operations import AddField, AlterField, AlterModelManagers, AlterModelOptions, CreateModel
from django.db.migrations.questioner import MigrationQuestioner
from django.db.migrations.state import ProjectState
from django.utils import translation

from schemaguard.diagnosis.codes import CODES
from schemaguard.diagnosis.model import Finding
from schemaguard.diagnosis.models_match_state import models_match_state
from schemaguard.schema.codes import Level, Problem
from schemaguard.schema.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from schemaguard.history.graph import Graph
    from schemaguard.history.walk import History
    from schemaguard.schema.objects import Schema

MANY = 3
OF_PYTHON = (AlterModelOptions, AlterModelManagers, getattr(operations, "AlterConstraint", AlterModelOptions))
"""AlterConstraint (Django 5.2) alters the message of a violation."""


def unmigrated(graph: Graph, history: History, schema: Schema) -> Iterator[Finding]:
    """One finding for each app whose models say more than its migrations."""
    with translation.override(None):  # as makemigrations does: a translated default is no change
        if models_match_state(history.state, graph.loader.migrated_apps):
            return
        _import_urls()
        if models_match_state(history.state, graph.loader.migrated_apps):
            return
        detector = MigrationAutodetector(
            history.state.clone(), ProjectState.from_apps(apps), MigrationQuestioner(defaults={"ask_initial": False})
        )
        changes = detector.changes(graph=graph.loader.graph)
    entry = CODES[Kind.MIGRATION, Problem.UNMIGRATED]
    for app_label in sorted(changes):  # none of an app without migrations: these are the state's `real_apps`
        found = [operation for migration in changes[app_label] for operation in migration.operations]
        level = entry.level
        if get_commands()["makemigrations"] != "django.core":
            sure = [each for each in found if _reaches_database(app_label, each, history.state, detector)]
            found, level = (sure, level) if sure else (found, Level.INFO)
        there = [each for each in found if _is_there(app_label, each, schema)]
        named = "; ".join(operation.describe() for operation in found[:MANY])
        more = f" and {len(found) - MANY} more" if len(found) > MANY else ""
        message = f"the models of {app_label} are ahead of its migrations: {named}{more}"
        hint = f"manage.py makemigrations {app_label}"
        if level is Level.INFO:
            message += "; no database sees that, and this project's own makemigrations may leave it out"
        if there:
            message += f"; the database already has {len(there)} of these"
            hint += ", then manage.py schemaguard reconcile, which records what is there instead of running it"
        yield Finding(
            code=entry.code, level=level, kind=Kind.MIGRATION, problem=Problem.UNMIGRATED, app=app_label,
            message=message, hint=hint,
        )  # fmt: skip


@cache
def _import_urls() -> None:
    """As the system checks of makemigrations do: there are models that nothing but a view imports."""
    if getattr(settings, "ROOT_URLCONF", None):
        # A URLconf that does not import is no matter of the schema, and what one prints is none of the report.
        with suppress(Exception), redirect_stdout(sys.stderr):
            run_checks(tags=[Tags.urls])


def _reaches_database(app_label: str, operation: Any, state: ProjectState, detector: MigrationAutodetector) -> bool:
    """Whether a project's own makemigrations is sure to write it: such commands leave out what no database sees.

    That is known without running one, which may change Django for the whole process.
    """
    if isinstance(operation, OF_PYTHON) or _is_without_table(operation):
        return False
    if not isinstance(operation, AlterField):
        return True
    before = state.models[app_label, operation.model_name_lower].fields[operation.name]
    one, other = (detector.deep_deconstruct(field) for field in (before, operation.field))
    told = frozenset({*before.non_db_attrs, *operation.field.non_db_attrs}) - {"db_column"}
    return bool(_without(one, told) != _without(other, told))


def _is_without_table(operation: Any) -> bool:
    """Whether it makes a model without a table of its own."""
    options = operation.options if isinstance(operation, CreateModel) else {}
    return bool(options.get("proxy")) or not options.get("managed", True)


def _without(deconstructed: Any, names: Collection[str]) -> Any:
    path, positional, keywords = deconstructed
    return path, positional, {name: value for name, value in keywords.items() if name not in names}


def _is_there(app_label: str, operation: Any, schema: Schema) -> bool:
    """Whether the table or column that this operation would make stands already."""
    if isinstance(operation, CreateModel):
        if operation.options.get("proxy"):
            return False  # the table is its parent's
        return schema.find(apps.get_model(app_label, operation.name)._meta.db_table) is not None
    if isinstance(operation, AddField):
        meta = apps.get_model(app_label, operation.model_name)._meta
        table = schema.find(meta.db_table)
        column = getattr(meta.get_field(operation.name), "column", None)
        return table is not None and column in table.columns
    return False
