"""manage.py schemaguard"""

from __future__ import annotations

import gc
import sys
import traceback
from contextlib import nullcontext, redirect_stdout, suppress
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS

from schemaguard import __version__
from schemaguard.commands import NAMES, subcommand
from schemaguard.commands.descriptor import kept_for_the_report
from schemaguard.exceptions import Refused
from schemaguard.failures import described, scrubbed
from schemaguard.report.escape import visible

REFUSED = 1
CANNOT = 2
INTERRUPTED = 130


def _alias(options: dict[str, Any]) -> str | None:
    """The database of the option, where it is one."""
    given = options.get("database")
    if isinstance(given, list) and len(given) == 1:
        given = given[0]
    return given if isinstance(given, str) else DEFAULT_DB_ALIAS if given is None else None


class Command(BaseCommand):
    help = "Compares models, migrations, migration records and the real database, and brings them back together."
    requires_system_checks = []  # noqa: RUF012 (Django's own idiom)
    _called_from_command_line: bool
    _named: str | None = None

    def run_from_argv(self, argv: list[str]) -> None:
        self._named = argv[2] if len(argv) > 2 and argv[2] in NAMES else None
        try:
            super().run_from_argv(argv)
        finally:
            gc.freeze()  # the process ends here, and would go through all that was made once more

    def get_version(self) -> str:
        return __version__

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        self._refuse_in_one_line(parser)
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        subparsers = parser.add_subparsers(
            title="subcommands", dest="subcommand", metavar="subcommand",
            parser_class=type(parser), help="one of these; each has a --help of its own",
        )  # fmt: skip
        for each in map(subcommand, [self._named] if self._named else NAMES):
            child = subparsers.add_parser(
                each.NAME, help=each.HELP, description=each.HELP,
                called_from_command_line=self._called_from_command_line,
            )  # fmt: skip
            self._refuse_in_one_line(child)
            each.add_arguments(child)

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["subcommand"] is None:
            self._explain()
        try:
            # What migrations, third parties' operations and signal handlers print is no part of the report.
            apart = kept_for_the_report(self) if self._called_from_command_line else nullcontext()
            with apart, redirect_stdout(sys.stderr):
                code = subcommand(options["subcommand"]).run(self, options)
        except KeyboardInterrupt:
            code = INTERRUPTED
        except (Exception, SystemExit) as error:  # noqa: BLE001 (whatever code of the project ends the process with, it is no success)
            self._refuse(described(error, _alias(options)), options["traceback"], error)
        if code:
            sys.exit(code)

    def _explain(self) -> NoReturn:
        """Ends with the help, where no subcommand is given."""
        if not self._called_from_command_line:
            raise CommandError("no subcommand is given", returncode=CANNOT)
        self.print_help("manage.py", "schemaguard")
        sys.exit(CANNOT)

    def _refuse(self, line: str | None, wants_traceback: bool, error: Exception | SystemExit) -> NoReturn:
        """Ends with one line where the failure was foreseen, else with a traceback; never with 0."""
        code = REFUSED if isinstance(error, Refused) else CANNOT
        if not self._called_from_command_line:
            if line is None:
                raise error
            raise CommandError(line, returncode=code) from error
        # Where stderr is closed or full nobody reads this, and the exit code is all that is left to say.
        with suppress(AttributeError, OSError):
            if line is None or wants_traceback:
                self.stderr.write(scrubbed(traceback.format_exc()))
            self.stderr.write(f"schemaguard: {line or 'this failure was not foreseen; please report it'}")
        sys.exit(code)

    def _refuse_in_one_line(self, parser: CommandParser) -> None:
        """argparse prints the usage before what is wrong."""

        def error(message: str) -> NoReturn:
            if not self._called_from_command_line:
                raise CommandError(f"Error: {message}", returncode=CANNOT)
            parser.exit(CANNOT, f"schemaguard: {visible(message)} ({parser.prog} --help)\n")

        parser.error = error  # type: ignore[method-assign]
