"""`manage.py schemaguard diff A B`: in what two databases, two schemas, or a database and a snapshot differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemaguard.commands.options import add_django_options, add_format, one_of
from schemaguard.commands.output import Output
from schemaguard.commands.progress import progress
from schemaguard.conf import load
from schemaguard.diff.comparison import compared
from schemaguard.diff.sides import side
from schemaguard.failures import scrubbed
from schemaguard.report.diff import FORMATS, diff_json, diff_text
from schemaguard.report.escape import visible

if TYPE_CHECKING:
    from django.core.management.base import BaseCommand, CommandParser

    from schemaguard.diff.model import Comparison, Side

NAME = "diff"
HELP = "compare two databases, two schemas, or a database and a snapshot, without migrations; writes nothing"


def add_arguments(parser: CommandParser) -> None:
    words = "an alias, ALIAS/SCHEMA (PostgreSQL), or a file that schemaguard snapshot wrote"
    parser.add_argument("expected", metavar="A", help=words)
    parser.add_argument("actual", metavar="B", help="the other one, likewise")
    add_output_options(parser)
    add_django_options(parser)


def add_output_options(parser: CommandParser) -> None:
    add_format(parser)
    parser.add_argument("--output", metavar="FILE", help="write the report into this file, not to standard output")


def run(command: BaseCommand, options: dict[str, Any]) -> int:
    """0 where they are the same, 1 where they differ."""
    one_of("--format", options["format"], FORMATS)
    ignored = load().ignore_tables
    output = Output(command, options)
    with progress(command, options, f"schemaguard: comparing {options['expected']} and {options['actual']} …"):
        found = compared(side(options["expected"], ignored), side(options["actual"], ignored))
    return show(command, options, output, found)


def show(command: BaseCommand, options: dict[str, Any], output: Output, found: Comparison) -> int:
    """Writes the report; the exit code."""
    warn_of_unseen(command, options, found.expected, found.actual)
    text = (
        diff_json(found)
        if options["format"] == "json"
        else diff_text(found, verbosity=options["verbosity"], console=output.console())
    )
    output.write(scrubbed(text))
    return int(not found.is_same)


def warn_of_unseen(command: BaseCommand, options: dict[str, Any], *sides: Side) -> None:
    if options["verbosity"] > 0:
        for text in dict.fromkeys(text for each in sides for text in each.snapshot.unseen):
            command.stderr.write(visible(f"schemaguard: not looked at: {text}"), command.style.WARNING)
