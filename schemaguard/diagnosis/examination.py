"""A diagnosis that a command can go by: refused where it would mislead, and without what is ignored on purpose."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import connections

from schemaguard.conf import Settings, ignored
from schemaguard.diagnosis.diagnose import diagnose, judged
from schemaguard.diagnosis.verdicts import verdict
from schemaguard.exceptions import CannotStart
from schemaguard.history.installed import installed_tables

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from schemaguard.database.base import Backend
    from schemaguard.diagnosis.assessment import Assessment
    from schemaguard.diagnosis.model import DiagnosedMigration, Diagnosis
    from schemaguard.diagnosis.reading import Reading
    from schemaguard.history.graph import Disk
    from schemaguard.location.location import Location


def examined(
    alias: str,
    settings: Settings,
    app_labels: Collection[str] = (),
    *,
    models: bool = True,
    past: Location | None = None,
    given: tuple[Backend, Reading, Disk] | None = None,
) -> tuple[Diagnosis, Assessment]:
    """A diagnosis of the whole database, its verdict without what is ignored; the rest as `diagnose` takes and raises.

    `given`: what was read already, by which backend, and the migrations on disk.

    Raises CannotStart for an unknown label, for conflicting leaf nodes, and where SELECT is not allowed.
    """
    if given is None:
        diagnosis, assessment = diagnose(alias, models=models, past=past)
    else:
        diagnosis, assessment = judged(*given, models=models, past=past)
    location = assessment.location
    refuse_conflicting_leaves(location)
    _refuse_unreadable(alias, location)
    refuse_unknown(app_labels, diagnosis.migrations)
    left = ignored(diagnosis, settings, only_database=len(connections.settings) == 1)
    return replace(left, verdict=verdict(location.states.migrations, left.findings)), assessment


# ------------------------------------------------------------------------------------------------------------ refusals
def refuse_conflicting_leaves(location: Location) -> None:
    conflicts = location.graph.loader.detect_conflicts()
    if conflicts:
        named = "; ".join(f"{', '.join(sorted(names))} in {app}" for app, names in sorted(conflicts.items()))
        raise CannotStart(
            f"conflicting migrations, several leaf nodes: {named}; mend that with: manage.py makemigrations --merge"
        )


def _refuse_unreadable(alias: str, location: Location) -> None:
    """What takes the server's judgement (a predicate, a check, a default) is judged by what SELECT allows."""
    names = sorted(location.names_of_live_tables & location.backend.unreadable)
    if names:
        what = f"table{'s' if len(names) > 1 else ''} {', '.join(names)}"
        raise CannotStart(f'database "{alias}": permission denied for {what}; a check needs SELECT there')


def refuse_unknown(labels: Collection[str], migrations: Iterable[DiagnosedMigration] = ()) -> None:
    """A label is known where an app is installed, or has a migration or a record, under it."""
    known = {*apps.app_configs, *(each.app for each in migrations)}
    for label in labels:
        if label not in known:
            close = get_close_matches(label, known, n=1)
            raise CannotStart(f'unknown app label "{label}"' + (f', did you mean "{close[0]}"?' if close else ""))


# -------------------------------------------------------------------------------------------------------------- labels
def apps_of_tables(location: Location) -> Mapping[str, str]:
    """table → app label, by the history of the tables, and by the models as they are now."""
    found: dict[str, str] = {}
    for timeline in location.history.timelines.every_table:
        for step in timeline.steps:
            if step.op is not None:
                app_label = location.graph.plan[step.op[0]].app_label
                found.update((name, app_label) for name in timeline.names)
    found.update((table, model._meta.app_label) for table, model in installed_tables(location.backend.name_bytes))
    return found
