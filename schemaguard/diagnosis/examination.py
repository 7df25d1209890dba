"""A diagnosis that a command can go by: refused where it would mislead, and without what is ignored on purpose."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches

from django.apps import apps
from django.db import connections

from schemaguard.conf import Settings, ignored
from schemaguard.diagnosis.diagnose import Located, diagnose, verdict
from schemaguard.diagnosis.model import DiagnosedMigration, Diagnosis, State, Verdict
from schemaguard.exceptions import CannotStart
from schemaguard.history.installed import installed_tables


def examined(
    alias: str,
    settings: Settings,
    app_labels: Collection[str] = (),
    *,
    models: bool = True,
    past: Located | None = None,
) -> tuple[Diagnosis, Located]:
    """A diagnosis of the whole database, its verdict without what is ignored; the rest as `diagnose` takes and raises.

    Raises CannotStart for an unknown label, for conflicting leaf nodes, and where SELECT is not allowed.
    """
    diagnosis, located = diagnose(alias, models=models, past=past)
    refuse_conflicting_leaves(located)
    _refuse_unreadable(alias, located)
    refuse_unknown(app_labels, diagnosis.migrations)
    left = ignored(diagnosis, settings, only_database=len(connections.settings) == 1)
    return replace(left, verdict=judged(located, left)), located


def judged(located: Located, left: Diagnosis) -> Verdict:
    """The verdict on what is left; a migration does not conflict whose conflicts are all ignored."""
    states = located.states
    if left.ignored:
        conflicts = {(each.app, each.migration) for each in left.findings if each.breaks}
        migrations = [
            State.APPLIED
            if state is State.CONFLICTING and key not in conflicts and _is_forgiven(located, m, left)
            else state
            for m, (key, state) in enumerate(zip(located.graph.positions, states.migrations, strict=True))
        ]
        states = replace(states, migrations=migrations)
    return verdict(states, left.findings, located.graph)


def _is_forgiven(located: Located, m: int, left: Diagnosis) -> bool:
    """Whether what makes a migration a conflicting one is ignored: another may be the one that its findings name."""
    told = {finding for line in located.undone(m) for finding in located.finder.told.get(line, ())}
    return not told.isdisjoint(left.ignored) and not any(each.breaks for each in told.difference(left.ignored))


# ------------------------------------------------------------------------------------------------------------ refusals
def refuse_conflicting_leaves(located: Located) -> None:
    conflicts = located.graph.loader.detect_conflicts()
    if conflicts:
        named = "; ".join(f"{', '.join(sorted(names))} in {app}" for app, names in sorted(conflicts.items()))
        raise CannotStart(
            f"conflicting migrations, several leaf nodes: {named}; mend that with: manage.py makemigrations --merge"
        )


def _refuse_unreadable(alias: str, located: Located) -> None:
    """What takes the server's judgement (a predicate, a check, a default) is judged by what SELECT allows."""
    names = sorted({each.name for each in located.matched.tables.values()} & located.backend.unreadable)
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
def apps_of_tables(located: Located) -> Mapping[str, str]:
    """table → app label, by the history of the tables, and by the models as they are now."""
    found: dict[str, str] = {}
    for line in located.history.timeline.every_table:
        for step in line.steps:
            if step.op is not None:
                app_label = located.graph.plan[step.op[0]].app_label
                found.update((name, app_label) for name in line.names)
    found.update((table, model._meta.app_label) for table, model in installed_tables(located.schema.vendor))
    return found
