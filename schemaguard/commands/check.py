"""`manage.py schemaguard check`: locate the database in its own migration history, and report. Writes nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS

from schemaguard.commands.files import Files
from schemaguard.commands.options import add_django_options, add_targets, aliases, is_of_many, one_of
from schemaguard.commands.output import Output
from schemaguard.commands.progress import progress
from schemaguard.conf import Settings, load
from schemaguard.database.connecting import connect
from schemaguard.diagnosis.diagnose import narrowed
from schemaguard.diagnosis.examination import apps_of_tables, examined
from schemaguard.diagnosis.findings.alike import together
from schemaguard.failures import without_password
from schemaguard.report import FORMATS, as_text, render
from schemaguard.report.escape import visible
from schemaguard.schema.codes import Level

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.core.management.base import BaseCommand, CommandParser

    from schemaguard.diagnosis.model import Diagnosis
    from schemaguard.location.location import Location

NAME = "check"
HELP = "compare models, migrations, records and database, and report; writes nothing"
LEVELS = tuple(each.value for each in Level)


def add_arguments(parser: CommandParser) -> None:
    add = parser.add_argument
    formats = ", ".join(FORMATS)
    add("app_labels", metavar="app_label", nargs="*", help="report on these apps alone")
    add_targets(parser)
    add("--format", metavar="FORMAT", default="text", help=f"{formats} (default text)")
    add("--output", metavar="FILE", help="write the report into this file, not to standard output")
    add(
        "--report", metavar="FORMAT=FILE", action="append", default=[],
        help="write a further report into a file; may be given several times",
    )  # fmt: skip
    add("--root", metavar="DIR", help="the folder that paths are relative to (default: the nearest one with .git)")
    add(
        "--baseline",
        metavar="FILE",
        help="leave the findings in this file out of the exit code, and show them as known",
    )
    add("--write-baseline", metavar="FILE", help="write the findings of today into this file, each with its date")
    add(
        "--fail-level", metavar="LEVEL", default="error",
        help=f"exit with 1 if there is a finding of this level or above: {', '.join(LEVELS)} (default error)",
    )  # fmt: skip
    parser.add_argument(
        "--data", action="store_true", help="also count, in the rows, what pending migrations would meet (scans tables)"
    )
    add_django_options(parser)


def run(command: BaseCommand, options: dict[str, Any]) -> int:
    """0 or 1, by the findings that are reported; the verdict in the report stays that of the whole."""
    one_of("--format", options["format"], FORMATS)
    fail_level = Level(one_of("--fail-level", options["fail_level"], LEVELS))
    settings = load()
    output = Output(command, options)
    files = Files.of(options)
    if is_of_many(options):
        from schemaguard.commands.many import check

        return check(command, options, files, output, fail_level)
    alias = next(iter(aliases(options)), DEFAULT_DB_ALIAS)
    labels = tuple(dict.fromkeys(options["app_labels"]))
    connect(alias)
    with progress(command, options, f'schemaguard: checking database "{alias}" …'):
        diagnosis, location = planned(alias, settings, labels, data=options["data"])
    if options["verbosity"] > 0:
        for each in diagnosis.unseen:
            command.stderr.write(visible(f"schemaguard: not looked at: {each}"), command.style.WARNING)
    diagnosis = narrowed(diagnosis, labels, apps_of_tables(location) if labels else {})
    diagnosis = replace(diagnosis, findings=together(diagnosis.findings))
    report = files.report(diagnosis)
    if options["format"] == "text":
        text = as_text(
            report.diagnosis, verbosity=options["verbosity"], app_labels=labels, console=output.console(),
            known_since=report.known_since, gone=report.gone,
        )  # fmt: skip
    else:
        text = render(options["format"], report)
    files.write(report)
    output.write(text)
    new = (each for each in report.diagnosis.findings if report.known_since(each) is None)
    return int(any(each.level.rank >= fail_level.rank for each in new))


def planned(alias: str, settings: Settings, labels: Collection[str], *, data: bool) -> tuple[Diagnosis, Location]:
    """An examination of the whole database, with the plan where there is something to plan.

    With `data`, the rows are counted that the plan and the pending migrations would meet. The verdict stays as it is:
    it is about the schema and the records.
    """
    diagnosis, assessment = examined(alias, settings, labels)
    location = assessment.location
    if not diagnosis.agreed:
        from schemaguard.reconcile.plan.choosing.options import DEFAULTS
        from schemaguard.reconcile.planning import with_plan  # costs its time where there is something to plan

        diagnosis, _, _ = with_plan(diagnosis, assessment, DEFAULTS, count=data)
        if data:
            diagnosis = _with_rows(diagnosis, location, settings)
    return without_password(diagnosis), location


def _with_rows(diagnosis: Diagnosis, location: Location, settings: Settings) -> Diagnosis:
    from schemaguard.operations.hazards.pending_rows import found_in_rows

    with location.backend.reading():
        rows = tuple(found_in_rows(location.backend.connection, location))
    left = [each for each in rows if not settings.ignores(each, diagnosis.database.alias)]
    return replace(diagnosis, findings=(*left, *diagnosis.findings))
