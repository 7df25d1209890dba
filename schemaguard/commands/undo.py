"""`manage.py schemaguard undo [ID]`: take back what a reconcile did."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from schemaguard.commands.asking import Person
from schemaguard.commands.options import (
    add_database,
    add_django_options,
    add_lock_timeout,
    add_noinput,
    entry_number,
    seconds,
)
from schemaguard.commands.output import Output
from schemaguard.database.connecting import connect
from schemaguard.journal.undo import Request, undo
from schemaguard.report.journal import undone_text

if TYPE_CHECKING:
    from django.core.management.base import BaseCommand, CommandParser

NAME = "undo"
HELP = "take back the last reconcile, or the one named: records put back, objects made by it removed"


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("id", metavar="ID", nargs="?", help="the entry (default: the last reconcile not undone yet)")
    add_database(parser)
    add_noinput(parser, "do not ask; nobody is asked either where standard input is no terminal")
    add_lock_timeout(parser)
    add_django_options(parser)


def run(command: BaseCommand, options: dict[str, Any]) -> int:
    """0: taken back, or nothing to take back. Raises Refused where that cannot be done, with nothing changed."""
    lock_timeout = seconds("--lock-timeout", options["lock_timeout"])
    output = Output(command, options)
    number = entry_number(options["id"]) if options["id"] is not None else None
    connect(options["database"])
    asks = options["interactive"] and sys.stdin is not None and sys.stdin.isatty()
    confirm = Person(command).takes_back if asks else None
    request = Request(alias=options["database"], number=number, lock_timeout=lock_timeout, confirm=confirm)
    undone = undo(request)
    output.write("".join(map(undone_text, undone)) or "nothing to undo", done=undone[-1].journal if undone else None)
    return 0
