"""Tables of apps without migrations, which `migrate --run-syncdb` makes of the models as they are.

Such an app has no history. Its models are taken for one: a single migration that was never written. It counts as
recorded where any of its tables stands, and is placed like every other. No migration and no command of Django's alters
these tables later. So what differs is a warning, and the verdict, which is about migrations, does not change.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.apps import apps
from django.db.migrations.migration import Migration
from django.db.migrations.operations import CreateModel
from django.db.migrations.state import ModelState

from schemaguard.history.installed import installed_tables
from schemaguard.history.shapes.table_names import table_key
from schemaguard.schema.codes import Level, Problem
from schemaguard.schema.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from schemaguard.diagnosis.assessment import Assessment
    from schemaguard.diagnosis.model import Finding
    from schemaguard.history.graph import Graph
    from schemaguard.location.location import Location
    from schemaguard.schema.objects import Schema

SYNCDB = "manage.py migrate --run-syncdb"
NAME = "models"
"""The unwritten migration goes by the name of the module that it stands for: `notes.models makes it`."""


def unmigrated_apps(
    location: Location, place: Callable[[Graph, Schema], Assessment]
) -> tuple[list[Finding], frozenset[str]]:
    """What differs between these apps' models and tables, and the names of their tables.

    `place` locates a schema in another graph, and assesses it. Asks the database at most once more, where expressions
    have to be judged.
    """
    plan = tuple(filter(None, map(_unwritten, sorted(location.graph.loader.unmigrated_apps))))
    if not plan:
        return [], frozenset()
    owned = location.names_of_live_tables
    free = {name: table for name, table in location.schema.tables.items() if name not in owned}
    graph = replace(location.graph, plan=plan, ancestors=(0,) * len(plan), recorded=(True,) * len(plan), orphans=())
    found = place(graph, replace(location.schema, tables=free))
    standing = found.location.names_of_live_tables
    used = {
        plan[step.op[0]].app_label
        for timeline in found.location.live_tables
        for step in timeline.steps
        if step.op is not None
    }
    left_out = _left_out(standing, location.backend.name_bytes)
    findings = [_told(each, used, left_out) for each in found.findings if not _is_strange_table(each)]
    return findings, standing


def _left_out(standing: Collection[str], name_bytes: int | None) -> frozenset[str]:
    """Automatic tables of many-to-many fields whose model's table stands: --run-syncdb makes both, or neither."""
    automatic = [(table, model._meta.auto_created) for table, model in installed_tables(name_bytes)]
    return frozenset(
        table for table, owner in automatic if owner and table_key(owner._meta.db_table, name_bytes) in standing
    )


def _unwritten(label: str) -> Migration | None:
    """The migration that would make the tables of an app. None where it has no models."""
    config = apps.get_app_config(label)
    models = list(config.get_models())
    if not models:
        return None
    # Models can be an app's that stand elsewhere: those of django.contrib.gis come with the database backend.
    module = getattr(config.models_module, "__name__", models[0].__module__)
    states = map(ModelState.from_model, models)
    operations = [
        CreateModel(each.name, list(each.fields.items()), each.options, each.bases, each.managers) for each in states
    ]
    kind = type("Migration", (Migration,), {"__module__": module, "operations": operations})
    made: Migration = kind(NAME, label)
    return made


def _is_strange_table(finding: Finding) -> bool:
    """Told already: the other tables are those of migrations, or of nobody."""
    return finding.kind is Kind.TABLE and finding.problem is Problem.EXTRA


def _told(finding: Finding, used: Collection[str], left_out: Collection[str]) -> Finding:
    """The finding in the words of an app without migrations. Not a problem as long as nobody made any of its tables."""
    level = finding.level
    if level is Level.ERROR and finding.problem is not Problem.EXTRA:
        level = Level.WARNING if finding.app in used else Level.INFO
    message = finding.message.replace(" was made outside the migrations", " is not in the models")
    hint = f"manage.py makemigrations {finding.app}, then manage.py schemaguard reconcile"
    if finding.problem is Problem.MISSING and finding.kind is Kind.TABLE:
        message = f"table {finding.table} is missing; {finding.app} has no migrations, so migrate does not make it"
        hint = hint if finding.table in left_out else SYNCDB
    if finding.problem is Problem.EXTRA:
        hint = 'add it to the model, or list it under SCHEMAGUARD["IGNORE"] with a reason'
    breaks = finding.breaks and finding.problem is Problem.EXTRA
    return replace(finding, level=level, message=message, hint=hint, migration=None, breaks=breaks)
