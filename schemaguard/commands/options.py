"""What the options of several subcommands share."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS

from schemaguard.exceptions import CannotStart

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from django.core.management.base import CommandParser

FORMATS = ("text", "json")
"""What most commands print, as people or programs read it."""


def add_django_options(parser: CommandParser) -> None:
    """Django's own options once more, so that they may come after the subcommand as well as before it.

    Without defaults: what is not given here must not take the place of what was given before.
    """
    group = parser.add_argument_group("options of every Django command")
    add = group.add_argument
    nothing = argparse.SUPPRESS
    add("-v", "--verbosity", type=int, choices=(0, 1, 2, 3), default=nothing, help="0 is the least, 3 the most")
    add("--settings", default=nothing, help="the Python path of a settings module")
    add("--pythonpath", default=nothing, help="a folder to add to the Python path")
    add("--traceback", action="store_true", default=nothing, help="show where a failure came from")
    add("--no-color", action="store_true", default=nothing, help="no colours")
    add("--force-color", action="store_true", default=nothing, help="colours even where the output is no terminal")


def add_database(parser: CommandParser) -> None:
    parser.add_argument(
        "--database", metavar="ALIAS", default=DEFAULT_DB_ALIAS, help='the database, by its alias (default "default")'
    )


def add_targets(parser: CommandParser) -> None:
    """One database or many; what is given is read by `aliases` and `selection`."""
    add = parser.add_argument
    add(
        "--database", metavar="ALIAS", action="append",
        help='the database, by its alias (default "default"); may be given several times',
    )  # fmt: skip
    add("--all-databases", action="store_true", help="every database of the settings")
    add(
        "--schema", metavar="PATTERN", action="append", default=[],
        help="the schemas of this name, on PostgreSQL; * and ? stand for others; may be given several times",
    )  # fmt: skip
    add("--all-schemas", action="store_true", help="every schema that has a table django_migrations")
    add("--jobs", metavar="N", help="the number of processes for several databases (default: that of processors)")
    add("--engine", metavar="ENGINE", default="local", help="who does the work: local (default) or celery")


def aliases(options: Mapping[str, Any]) -> list[str]:
    """The databases of the option, each once; code that calls the command may give one as a text."""
    given = options.get("database") or []
    return [given] if isinstance(given, str) else list(dict.fromkeys(given))


def is_of_many(options: Mapping[str, Any]) -> bool:
    """Whether the report is to be one about many databases, however many there are in the end."""
    many = options.get("all_databases") or options.get("all_schemas") or options.get("schema")
    return bool(many) or len(aliases(options)) > 1


def add_lock_timeout(parser: CommandParser) -> None:
    """What is given is read by `seconds`."""
    parser.add_argument(
        "--lock-timeout", metavar="SECONDS", default="5", help="how long to wait for a lock (default 5)"
    )


def add_noinput(parser: CommandParser, text: str) -> None:
    """As Django's own commands spell it; `options["interactive"]` is false where it was given."""
    parser.add_argument("--noinput", "--no-input", action="store_false", dest="interactive", help=text)


def add_format(parser: CommandParser) -> None:
    """Of a command that has no other formats than `FORMATS`; what is given is read by `one_of`."""
    parser.add_argument("--format", metavar="FORMAT", default="text", help="text or json (default text)")


def one_of(option: str, value: str, known: Collection[str]) -> str:
    """The value. Raises CannotStart where it is unknown; argparse would word that by the version of Python."""
    if value not in known:
        raise CannotStart(f"{option} {value!r}: there {'are' if len(known) > 1 else 'is'} {', '.join(known)}")
    return value


def entry_number(text: str) -> int:
    """The number of an entry of the journal. Raises CannotStart."""
    if not (text.isascii() and text.isdigit() and int(text) < 2**63):
        raise CannotStart(f"{text!r} is no entry's number; schemaguard history lists them")
    return int(text)


def seconds(option: str, text: str) -> float:
    """A time to wait. Raises CannotStart."""
    try:
        value = float(text)
    except ValueError:
        raise CannotStart(f"{option} {text!r}: not a number of seconds") from None
    if not 0 < value <= 86_400:
        raise CannotStart(f"{option} {text}: between 0 and 86400 seconds")
    return value
