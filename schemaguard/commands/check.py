"""`manage.py schemaguard check`: locate the database in its own migration history, and report. Writes nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandParser
from django.db import connections

from schemaguard.commands.connecting import connect
from schemaguard.commands.failures import scrubbed_name
from schemaguard.commands.options import add_database, add_django_options, one_of
from schemaguard.commands.output import Output
from schemaguard.commands.progress import progress
from schemaguard.conf import Settings, ignored, load
from schemaguard.diagnosis.diagnose import Located, diagnose, narrowed, verdict
from schemaguard.diagnosis.model import Diagnosis, Finding, Level, State, Verdict, with_verdict
from schemaguard.exceptions import CannotStart
from schemaguard.history.installed import installed_tables
from schemaguard.plan.options import DEFAULTS
from schemaguard.report import FORMATS, as_json, as_text
from schemaguard.report.escape import visible

NAME = "check"
HELP = "compare models, migrations, records and database, and report; writes nothing"
LEVELS = tuple(each.value for each in Level)


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("app_labels", metavar="app_label", nargs="*", help="report on these apps alone")
    add_database(parser)
    parser.add_argument("--format", metavar="FORMAT", default="text", help=f"{', '.join(FORMATS)} (default text)")
    parser.add_argument("--output", metavar="FILE", help="write the report into this file, not to standard output")
    parser.add_argument(
        "--fail-level", metavar="LEVEL", default="error",
        help=f"exit with 1 if there is a finding of this level or above: {', '.join(LEVELS)} (default error)",
    )  # fmt: skip
    add_django_options(parser)


def run(command: BaseCommand, options: dict[str, Any]) -> int:
    """0 or 1, by the findings that are reported; the verdict in the report stays that of the whole."""
    one_of("--format", options["format"], FORMATS)
    fail_level = Level(one_of("--fail-level", options["fail_level"], LEVELS))
    settings = load()
    output = Output(command, options)
    alias = options["database"]
    connect(alias)
    with progress(command, options, f'schemaguard: checking database "{alias}" …'):
        diagnosis, located = examined(alias, settings)
    labels = tuple(dict.fromkeys(options["app_labels"]))
    _refuse_unknown(labels, diagnosis)
    if options["verbosity"] > 0:
        for each in diagnosis.unseen:
            command.stderr.write(visible(f"schemaguard: not looked at: {each}"), command.style.WARNING)
    diagnosis = narrowed(diagnosis, labels, apps_of_tables(located) if labels else {})
    if options["format"] == "text":
        text = as_text(diagnosis, verbosity=options["verbosity"], app_labels=labels, console=output.console())
    else:
        text = as_json(diagnosis)
    output.write(text)
    return int(any(each.level.rank >= fail_level.rank for each in diagnosis.findings))


def examined(alias: str, settings: Settings) -> tuple[Diagnosis, Located]:
    """A diagnosis of the whole database, without what is ignored on purpose: its verdict does not count that either."""
    diagnosis, located = diagnose(alias)
    if not diagnosis.agreed:
        from schemaguard.execution.planning import with_plan  # costs its time where there is something to plan

        diagnosis, _, _ = with_plan(diagnosis, located, DEFAULTS)
    _refuse_conflicting_leaves(located)
    _refuse_unreadable(alias, located)
    database = replace(diagnosis.database, name=scrubbed_name(diagnosis.database.name))
    left = ignored(diagnosis, settings, only_database=len(connections.settings) == 1)
    left = replace(left, database=database, verdict=_verdict(located, diagnosis, left))
    return with_verdict(left), located


def _verdict(located: Located, whole: Diagnosis, left: Diagnosis) -> Verdict:
    """The verdict on what is left; a migration does not conflict whose conflicts are all ignored."""
    kept = {id(each) for each in left.findings}
    forgiven = _conflicts(each for each in whole.findings if id(each) not in kept) - _conflicts(left.findings)
    states = replace(
        located.states,
        migrations=[
            State.APPLIED if state is State.CONFLICTING and (migration.app_label, migration.name) in forgiven else state
            for migration, state in zip(located.graph.plan, located.states.migrations, strict=True)
        ],
    )
    return verdict(states, left.findings, located.graph)


def _conflicts(findings: Iterable[Finding]) -> set[tuple[str | None, str | None]]:
    return {(each.app, each.migration) for each in findings if each.breaks}


def _refuse_conflicting_leaves(located: Located) -> None:
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


def _refuse_unknown(labels: Collection[str], diagnosis: Diagnosis) -> None:
    """A label is known where an app is installed, or has a migration or a record, under it."""
    known = {*apps.app_configs, *(each.app for each in diagnosis.migrations)}
    for label in labels:
        if label not in known:
            close = get_close_matches(label, known, n=1)
            raise CannotStart(f'unknown app label "{label}"' + (f', did you mean "{close[0]}"?' if close else ""))


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
