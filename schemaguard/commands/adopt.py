"""`manage.py schemaguard adopt`: take tables made outside migrations into the project."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from schemaguard.adopt.run import Outcome, Request, adopt
from schemaguard.commands.options import add_database, add_django_options, add_lock_timeout, add_noinput, seconds
from schemaguard.commands.output import Output
from schemaguard.conf import load
from schemaguard.database.connecting import connect
from schemaguard.exceptions import CannotStart
from schemaguard.report.escape import visible

if TYPE_CHECKING:
    from django.core.management.base import BaseCommand, CommandParser

NAME = "adopt"
HELP = "take tables made outside migrations into the project: models, a migration, and its record"


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("tables", metavar="table", nargs="+", help="the tables, by their names in the database")
    add_database(parser)
    add = parser.add_argument
    add("--app", metavar="LABEL", help="the app that they become models of")
    add("--dry-run", action="store_true", help="print the models and the migration, and write nothing")
    add_noinput(parser, "ask nothing, as without it: what cannot be adopted as it stands is refused")
    add_lock_timeout(parser)
    add_django_options(parser)


def run(command: BaseCommand, options: dict[str, Any]) -> int:
    """0: the tables belong to the project now. What is refused is raised."""
    load()
    if not options["app"]:
        raise CannotStart("adopt needs --app LABEL: the app that the tables become models of")
    lock_timeout = seconds("--lock-timeout", options["lock_timeout"])
    output = Output(command, options)
    connect(options["database"])
    request = Request(
        alias=options["database"],
        tables=tuple(dict.fromkeys(options["tables"])),
        label=options["app"],
        dry_run=options["dry_run"],
        lock_timeout=lock_timeout,
    )
    outcome = adopt(request)
    for note in outcome.notes:
        command.stderr.write(visible(f"schemaguard: {note}"), command.style.WARNING)
    output.write(_shown(outcome) if request.dry_run else _text(outcome), done=outcome.journal)
    return 0


def _shown(outcome: Outcome) -> str:
    return (
        f"# {os.path.relpath(outcome.models_path)}\n{outcome.added}\n"
        f"# {os.path.relpath(outcome.migration_path)}\n{outcome.migration}"
    )


def _text(outcome: Outcome) -> str:
    return (
        f"{visible(os.path.relpath(outcome.models_path))}: the models were added\n"
        f"{visible(os.path.relpath(outcome.migration_path))}: written, and recorded as applied\n"
        f"journal entry {outcome.journal}"
    )
