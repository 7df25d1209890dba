"""Writes what the pages say about commands and settings from the code: `make findings`.

`tests/test_docs.py` fails where a page is out of date.
"""

from __future__ import annotations

import re
from dataclasses import fields
from typing import TYPE_CHECKING

from django.core.management.base import CommandParser

from schemaguard.commands import NAMES, subcommand
from schemaguard.conf import READERS, Settings
from schemaguard.diagnosis.model import Action, State, Verdict
from schemaguard.schema.codes import Level, Problem
from tests.documentation.pages import DOCS

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from pathlib import Path

COMMANDS, SETTINGS, JSON = DOCS / "commands.md", DOCS / "settings.md", DOCS / "json.md"
TABLE = re.compile(r"(<!-- table: (?P<name>[^>]+) -->\n).*?(\n<!-- end -->)", re.DOTALL)
WORDS = {
    "verdicts": [each.value for each in Verdict],
    "states": [each.value for each in State],
    "actions": [each.value for each in Action],
    "levels": [each.value for each in Level],
    "problems": [each.value for each in Problem],
}
DJANGO = "options of every Django command"


def page(path: Path) -> str:
    """The page with its tables written anew; a table stands between `<!-- table: NAME -->` and `<!-- end -->`."""
    return TABLE.sub(lambda found: f"{found[1]}{_table(found['name'])}{found[3]}", path.read_text(encoding="utf-8"))


def _table(name: str) -> str:
    if name in NAMES:
        return "\n".join(_options(name))
    if name == "settings":
        return "\n".join(_settings())
    return ", ".join(f"`{word}`" for word in WORDS[name])


def _options(name: str) -> Iterator[str]:
    """A table of the options that a subcommand has of its own."""
    module = subcommand(name)
    parser = CommandParser(prog=f"manage.py schemaguard {name}")
    module.add_arguments(parser)
    yield f"{module.HELP[0].upper()}{module.HELP[1:]}."
    yield ""
    yield "| | |"
    yield "|---|---|"
    shared = {id(action) for group in parser._action_groups if group.title == DJANGO for action in group._group_actions}  # noqa: SLF001
    for action in parser._actions:  # noqa: SLF001
        if id(action) not in shared and action.dest != "help":
            yield f"| {_spelled(action)} | {_escaped(action.help or '')} |"


def _spelled(action: argparse.Action) -> str:
    metavar = str(action.metavar or action.dest)
    if not action.option_strings:
        return f"`{metavar}`" + {"*": " …, optional", "+": " …", "?": ", optional"}.get(str(action.nargs), "")
    value = f" {metavar}" if action.nargs != 0 else ""
    return ", ".join(f"`{option}{value}`" for option in action.option_strings)


def _settings() -> Iterator[str]:
    defaults = {field.name: field.default for field in fields(Settings)}
    yield "| key | default |"
    yield "|---|---|"
    for key in READERS:
        default = defaults[key.lower()]
        yield f"| [`{key}`](#{key.lower()}) | `{[] if default == () else default!r}` |"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> None:
    for path in (COMMANDS, SETTINGS, JSON):
        path.write_text(page(path), encoding="utf-8")


if __name__ == "__main__":
    main()
