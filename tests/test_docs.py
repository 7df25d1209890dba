"""The documentation keeps up with the code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from schemaguard.conf import STALE
from schemaguard.diagnosis.codes import CODES, HARM, OTHERS

ROOT = Path(__file__).parents[1]
FINDINGS = ROOT / "docs" / "findings.md"
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def test_every_code_is_explained_and_no_other():
    assert set(re.findall(r"SG\d{3}", FINDINGS.read_text(encoding="utf-8"))) == {*HARM, STALE}


def test_no_code_has_two_meanings():
    assert len(HARM) == len(CODES) + len(OTHERS)


def test_every_file_and_folder_that_the_architecture_names_is_there():
    there = {f"/{path.relative_to(ROOT).as_posix()}" for folder in ("schemaguard", "tests") for path in walk(folder)}
    named = re.findall(r"`((?:[a-z_]+/)+|(?:[a-z_]+/)*[a-z_]+\.py)`", ARCHITECTURE)
    assert len(named) > 20
    assert [each for each in named if not any(path.endswith(f"/{each.rstrip('/')}") for path in there)] == []


def test_every_folder_is_in_the_table_of_the_architecture():
    folders = {path.parent.name for path in (ROOT / "schemaguard").glob("*/*.py")}
    assert set(re.findall(r"^\| `([a-z_]+)/` \|", ARCHITECTURE, re.MULTILINE)) == folders


def walk(folder: str) -> Iterator[Path]:
    return (path for path in (ROOT / folder).rglob("*") if "__pycache__" not in path.parts)
