"""`manage.py schemaguard push`: make the database match the models at once, without migrations."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.conf import settings as django_settings
from django.core.checks import Tags

from schemaguard.commands.asking import Person
from schemaguard.commands.options import add_database, add_django_options, add_lock_timeout, add_noinput, seconds
from schemaguard.commands.output import Output
from schemaguard.conf import load
from schemaguard.database.connecting import connect
from schemaguard.exceptions import CannotStart
from schemaguard.push.renames import parse
from schemaguard.push.run import Outcome, Request, push
from schemaguard.report.escape import visible

if TYPE_CHECKING:
    from django.core.management.base import BaseCommand, CommandParser

NAME = "push"
HELP = "make the database match the models at once, without migrations (for prototypes)"


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("app_labels", metavar="app_label", nargs="*", help="the tables of these apps alone")
    add_database(parser)
    add = parser.add_argument
    add_noinput(parser, "ask nothing, and take nothing for a rename")
    add("--dry-run", action="store_true", help="print the SQL and stop")
    add("--accept-data-loss", "--force", action="store_true", help="allow what drops or narrows something holding data")
    renames = "app.model.old:new for a field, app.Old:New for a model"
    add("--rename", metavar="OLD:NEW", action="append", default=[], help=renames)
    add_lock_timeout(parser)
    add_django_options(parser)


def run(command: BaseCommand, options: dict[str, Any]) -> int:
    """0: the database matches the models. What is refused is raised."""
    if not (django_settings.DEBUG or load().allow_push):
        raise CannotStart('push is for prototypes: set DEBUG, or SCHEMAGUARD["ALLOW_PUSH"] = True')
    command.check(tags=[Tags.models])
    output = Output(command, options)
    request = _request(command, options)
    connect(request.alias)
    outcome = push(request)
    for warning in outcome.warnings:
        command.stderr.write(visible(f"schemaguard: {warning}"), command.style.WARNING)
    output.write(_sql(outcome) if request.dry_run else _text(outcome), done=outcome.journal)
    return 0


def _request(command: BaseCommand, options: dict[str, Any]) -> Request:
    person = Person(command) if options["interactive"] and not options["dry_run"] else None
    return Request(
        alias=options["database"],
        app_labels=tuple(dict.fromkeys(options["app_labels"])),
        renames=tuple(dict.fromkeys(map(parse, options["rename"]))),
        dry_run=options["dry_run"],
        accept_data_loss=options["accept_data_loss"],
        lock_timeout=seconds("--lock-timeout", options["lock_timeout"]),
        ask=person.agrees if person is not None else None,
        confirm=partial(_confirmed, person) if person is not None else None,
    )


def _confirmed(person: Person, shown: Outcome) -> bool:
    """Shows the SQL on stderr and asks."""
    person.command.stderr.write(_sql(shown))
    return person.agrees("Carry this out? [y/N] ")


def _sql(outcome: Outcome) -> str:
    lines = [f"-- {visible(hazard.message)}" for hazard in outcome.hazards]
    lines += [visible(statement if statement.endswith(";") else f"{statement};") for statement in outcome.sql]
    return "\n".join(lines) if lines else "-- nothing to do"


def _text(outcome: Outcome) -> str:
    if outcome.journal is None:
        return "nothing to do: the database matches the models"
    lines = [visible(line) for line in outcome.lines]
    return "\n".join([*lines, f"the database matches the models now; journal entry {outcome.journal}"])
