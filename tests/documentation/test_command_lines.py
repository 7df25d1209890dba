"""Every command line in the documentation is one that the commands take, also where it is not run."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, load_command_class

from schemaguard.commands import NAMES
from tests.documentation.pages import DOCS, pages

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROOT = DOCS.parent
WRITTEN = re.compile(r"manage\.py (?P<command>schemaguard|migrate)\b(?P<rest>(?:[^`\n#|>&]|\n +--)*)")
# Code of other tools, which write a command as a list.
LISTED = re.compile(r'"manage\.py", (?P<words>"(?:schemaguard|migrate)"(?:, "[^"]*")*)')
FILES = [*pages(), ROOT / "README.md"]
PLACEHOLDER = re.compile(r"…|\[.*|COMMAND")


def command_lines(path: Path) -> Iterator[list[str]]:
    """The words after `manage.py`, without what stands for others. A sentence that ends behind one has no options."""
    text = path.read_text(encoding="utf-8")
    for found in WRITTEN.finditer(text):
        rest = re.split(r"[;,)]( |$)|\. |:$|\.$", found["rest"].strip(), maxsplit=1)[0]
        if rest.count("'") % 2 or rest.count('"') % 2:
            continue
        yield [found["command"], *(word for word in shlex.split(rest) if not PLACEHOLDER.fullmatch(word))]
    for found in LISTED.finditer(text):
        yield re.findall(r'"([^"]*)"', found["words"])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_command_line_is_taken(path: Path) -> None:
    for command, *argv in command_lines(path):
        parser = load_command_class("schemaguard", command).create_parser("manage.py", command)
        if command == "schemaguard" and len(argv) < 2:
            assert not argv or argv[0] in NAMES  # the name of a command, within a sentence
            continue
        try:
            parser.parse_args(argv)
        except CommandError as error:
            pytest.fail(f"manage.py {command} {shlex.join(argv)}: {error}")


def test_there_are_some() -> None:
    lines = [line for path in FILES for line in command_lines(path)]
    assert len(lines) > 100
    assert ["migrate", "--noinput", "--reconcile"] in lines
    assert any("--plan-hash" in line for line in lines)
    assert any(line[:2] == ["schemaguard", "check"] and "--report" in line for line in lines)
