"""The documentation keeps up with the code."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from schemaguard.commands import NAMES
from schemaguard.conf import READERS, STALE
from schemaguard.diagnosis.codes import CODES, HARM, OTHERS
from schemaguard.schema.kinds import REPORTED
from tests import kinds_page
from tests.documentation import pictures, reference

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
FINDINGS = kinds_page.FINDINGS
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def test_every_code_is_explained_and_no_other() -> None:
    assert set(re.findall(r"SG\d{3}", FINDINGS.read_text(encoding="utf-8"))) == {*HARM, STALE}


def test_the_tables_of_findings_are_those_of_the_registry() -> None:
    text = FINDINGS.read_text(encoding="utf-8")
    assert text == kinds_page.page(text), "make findings"


def test_the_json_schema_names_every_kind_of_the_registry() -> None:
    text = kinds_page.REPORT_SCHEMA.read_text(encoding="utf-8")
    assert text == kinds_page.report_schema(text), "make findings"
    kinds = json.loads(text)["$defs"]["finding"]["properties"]["kind"]["enum"]
    assert kinds == [kind.value for kind in REPORTED]


@pytest.mark.parametrize("path", [reference.COMMANDS, reference.SETTINGS, reference.JSON], ids=lambda path: path.name)
def test_the_reference_is_that_of_the_code(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == reference.page(path), "make findings"


def test_every_command_is_explained() -> None:
    headings = set(re.findall(r"^## (\w+)$", reference.COMMANDS.read_text(encoding="utf-8"), re.MULTILINE))
    assert set(NAMES) <= headings


def test_every_setting_is_explained_and_no_other() -> None:
    text = reference.SETTINGS.read_text(encoding="utf-8")
    assert set(re.findall(r"^## ([A-Z_]+)$", text, re.MULTILINE)) == set(READERS)


def test_every_code_has_the_anchor_that_reports_link_to() -> None:
    headings = re.findall(r"^### (SG\d{3})$", FINDINGS.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(headings) == sorted({*HARM, STALE})


@pytest.mark.parametrize("name", pictures.PICTURES)
def test_the_pictures_are_those_that_are_drawn(name: str) -> None:
    drawn = (pictures.IMAGES / f"{name}.svg").read_text(encoding="utf-8")
    assert drawn == pictures.svg(pictures.PICTURES[name]), "make findings"


def test_no_code_has_two_meanings() -> None:
    assert len(HARM) == len(CODES) + len(OTHERS)


def test_every_file_and_folder_that_the_architecture_names_is_there() -> None:
    there = {f"/{path.relative_to(ROOT).as_posix()}" for folder in ("schemaguard", "tests") for path in walk(folder)}
    named = re.findall(r"`((?:[a-z_]+/)+|(?:[a-z_]+/)*[a-z_]+\.py)`", ARCHITECTURE)
    assert len(named) > 20
    assert [each for each in named if not any(path.endswith(f"/{each.rstrip('/')}") for path in there)] == []


def test_every_folder_is_in_the_table_of_the_architecture() -> None:
    folders = {path.parent.name for path in (ROOT / "schemaguard").glob("*/*.py")}
    assert set(re.findall(r"^\| `([a-z_]+)/` \|", ARCHITECTURE, re.MULTILINE)) >= folders


def test_every_word_of_the_glossary_has_an_example() -> None:
    entries = re.findall(r"^\*\*.+?(?=\n\n|\Z)", (ROOT / "docs" / "glossary.md").read_text("utf-8"), re.M | re.S)
    assert len(entries) > 40
    assert [entry for entry in entries if "Example: " not in entry] == []


def walk(folder: str) -> Iterator[Path]:
    return (path for path in (ROOT / folder).rglob("*") if "__pycache__" not in path.parts)
