"""`manage.py schemaguard reconcile`: bring database and records back together, with proof."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, Error

from schemaguard.commands.asking import Person
from schemaguard.commands.options import (
    FORMATS,
    add_django_options,
    add_format,
    add_lock_timeout,
    add_noinput,
    add_targets,
    aliases,
    is_of_many,
    one_of,
    seconds,
)
from schemaguard.commands.output import Output
from schemaguard.commands.progress import progress
from schemaguard.conf import Settings, load
from schemaguard.database.connecting import connect
from schemaguard.exceptions import Refused, SchemaguardError
from schemaguard.failures import scrubbed, without_password
from schemaguard.history.installed import installed_tables
from schemaguard.reconcile.carry_out import as_it_is, reconcile
from schemaguard.reconcile.plan.choosing.options import DEFAULTS, Options
from schemaguard.reconcile.requests import Outcome, Request
from schemaguard.report import as_json
from schemaguard.report.escape import visible
from schemaguard.report.plan import plan_text
from schemaguard.schema.codes import Level

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.core.management.base import BaseCommand, CommandParser

    from schemaguard.diagnosis.model import Finding

T = TypeVar("T")
R = TypeVar("R")
NAME = "reconcile"
HELP = "bring database and records back together: fake, complete or repair migrations, with proof"
ON_CONFLICT = ("stop", "alter", "accept")
DATA_MIGRATIONS = ("infer", "run", "skip", "stop")


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("app_labels", metavar="app_label", nargs="*", help="mend these apps, and what they depend on")
    add_targets(parser)
    add = parser.add_argument
    add_noinput(parser, "ask nothing: take the safe choice, or stop")
    add("--dry-run", action="store_true", help="print the plan with its SQL and stop")
    add("--rehearse", action="store_true", help="carry the plan out, verify it, and roll it back")
    add("--on-conflict", metavar="HOW", help="what is in another shape: stop (default), alter or accept")
    add(
        "--data-migrations",
        metavar="HOW",
        help="what the catalog does not show: infer (default), run, skip or stop",
    )
    add("--prune", action="store_true", help="also delete records that have no file")
    add("--migrate", action="store_true", help="also run what is pending afterwards")
    add("--plan-hash", metavar="HASH", help="carry out only the plan that was reviewed")
    add("--accept-data-loss", action="store_true", help="allow a step that drops or narrows something holding data")
    add_lock_timeout(parser)
    add_format(parser)
    add_django_options(parser)


def run(command: BaseCommand, options: dict[str, Any]) -> int:
    """0: the database agrees now; 1: something is left, or a step failed and everything was rolled back."""
    one_of("--format", options["format"], FORMATS)
    settings = load()
    output = Output(command, options)
    person = Person(command, output.console_of_questions())
    if is_of_many(options):
        from schemaguard.commands.reconcile_many import reconcile_many

        return reconcile_many(command, options, output, _choices(options), person)
    request = _request(options, settings, person)
    connect(request.alias)
    try:
        with progress(command, options, f'schemaguard: reading database "{request.alias}" …') as tell:
            outcome = reconcile(_watched(request, tell))
    except Refused as refused:
        if options["format"] == "json":
            # What cannot be read has no document, and why it was refused is to be told.
            with suppress(Error, SchemaguardError):
                output.write(_json(as_it_is(request, refused), request))
        raise
    for warning in outcome.warnings:
        command.stderr.write(visible(scrubbed(f"schemaguard: {warning}")), command.style.WARNING)
    left = _left(outcome, request)
    if options["format"] == "json":
        text = _json(outcome, request)
    else:
        text = plan_text(outcome, left, dry_run=request.dry_run, rehearse=request.rehearse, console=output.console())
    output.write(text, done=outcome.journal)
    if request.dry_run:
        return int(bool(outcome.before.plan or outcome.blocked or left))
    return 0 if request.rehearse else int(bool(left))


def _left(outcome: Outcome, request: Request) -> tuple[Finding, ...]:
    """What still disagrees in these apps and was not accepted on purpose."""
    errors = [f for f in outcome.after.findings if f.level is Level.ERROR and f not in outcome.accepted]
    labels = request.app_labels
    if not labels:
        return tuple(errors)
    tables = {table: model._meta.app_label for table, model in installed_tables(outcome.after.database.name_bytes)}
    return tuple(each for each in errors if (each.app or tables.get(each.table or "")) in labels)


def _watched(request: Request, tell: Callable[[str], None]) -> Request:
    """A request whose progress is told, and taken away while somebody is asked."""

    def quietly(asks: Callable[[T], R] | None) -> Callable[[T], R] | None:
        def ask(what: T) -> R:
            assert asks is not None
            tell("")
            return asks(what)

        return ask if asks is not None else None

    return replace(request, tell=tell, ask=quietly(request.ask), confirm=quietly(request.confirm))


def _request(options: dict[str, Any], settings: Settings, somebody: Person) -> Request:
    """What is left open on the command line is asked for, where somebody is there."""
    given = {flag: options[flag] for flag in ("on_conflict", "data_migrations")}
    asks = options["interactive"] and not options["dry_run"] and not options["rehearse"]
    person = somebody if asks else None
    return Request(
        alias=next(iter(aliases(options)), DEFAULT_DB_ALIAS),
        app_labels=tuple(dict.fromkeys(options["app_labels"])),
        options=_choices(options),
        settings=settings,
        dry_run=options["dry_run"],
        rehearse=options["rehearse"],
        plan_hash=options["plan_hash"],
        accept_data_loss=options["accept_data_loss"],
        lock_timeout=seconds("--lock-timeout", options["lock_timeout"]),
        verbosity=options["verbosity"],
        ask=person.choose if person is not None else None,
        asks=frozenset(f"--{flag.replace('_', '-')}" for flag, value in given.items() if value is None),
        confirm=person.confirm if person is not None else None,
    )


def _choices(options: dict[str, Any]) -> Options:
    return Options(
        on_conflict=one_of("--on-conflict", _or(options["on_conflict"], DEFAULTS.on_conflict), ON_CONFLICT),
        data_migrations=one_of(
            "--data-migrations", _or(options["data_migrations"], DEFAULTS.data_migrations), DATA_MIGRATIONS
        ),
        prune=options["prune"],
        migrate=options["migrate"],
    )


def _or(given: str | None, default: str) -> str:
    return default if given is None else given


def _json(outcome: Outcome, request: Request) -> str:
    more: dict[str, Any] = {
        "performed": [step.as_value() for step in outcome.performed],
        "journal": outcome.journal,
    }
    if request.rehearse:
        more["rehearsal"] = [
            {"app": step.app, "name": step.name, "seconds": round(seen.seconds, 3), "locks": list(seen.locks)}
            for step, seen in zip(outcome.performed, outcome.rehearsed, strict=True)
        ]
    return as_json(without_password(outcome.after), **more)
