"""What the options of several subcommands share."""

from __future__ import annotations

import argparse
from collections.abc import Collection

from django.core.management.base import CommandParser
from django.db import DEFAULT_DB_ALIAS

from schemaguard.exceptions import CannotStart


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


def one_of(option: str, value: str, known: Collection[str]) -> str:
    """The value. Raises CannotStart where it is unknown; argparse would word that by the version of Python."""
    if value not in known:
        raise CannotStart(f"{option} {value!r}: there {'are' if len(known) > 1 else 'is'} {', '.join(known)}")
    return value
