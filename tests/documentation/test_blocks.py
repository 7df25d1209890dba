"""Files that a reader copies out of a page can be read by the program that they are for."""

from __future__ import annotations

import ast
import json
import re
import sys
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.documentation.pages import DOCS, pages

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROOT = DOCS.parent
BLOCK = re.compile(r"^( *)```(yaml|toml|json|python)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


def blocks(path: Path) -> Iterator[tuple[str, str]]:
    for found in BLOCK.finditer(path.read_text(encoding="utf-8")):
        yield found[2], dedent(found[3])


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.relative_to(DOCS).as_posix())
def test_a_block_can_be_read(path: Path) -> None:
    for language, text in blocks(path):
        match language:
            case "yaml":
                # A template of Helm is one before it is YAML.
                assert yaml.safe_load(re.sub(r"\{\{.*?\}\}", "x", text)), text
            case "json":
                assert json.loads(text), text
            case "toml" if sys.version_info >= (3, 11):
                import tomllib

                assert tomllib.loads(text), text
            case "python":
                ast.parse(text)


def test_the_files_of_the_repository_that_others_read() -> None:
    names = [".readthedocs.yaml", ".pre-commit-config.yaml", ".pre-commit-hooks.yaml"]
    folders = [ROOT / ".github" / name for name in ("workflows", "ISSUE_TEMPLATE")]
    paths = [*(ROOT / name for name in names), *(path for folder in folders for path in folder.glob("*.yml"))]
    assert len(paths) > 7
    for path in paths:
        assert yaml.safe_load(path.read_text(encoding="utf-8")), path.name


def test_the_workflow_has_every_django_that_is_supported() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8"))
    tested = {entry["django"] for entry in workflow["jobs"]["django"]["strategy"]["matrix"]["include"]}
    pythons = {entry["python"] for entry in workflow["jobs"]["django"]["strategy"]["matrix"]["include"]}
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert tested == set(re.findall(r"Framework :: Django :: (\d+\.\d+)", project))
    supported = re.findall(r"Python :: (3\.\d+)", project)
    assert {supported[0], supported[-1]} <= pythons
    assert f"{supported[0]} \N{EN DASH} {supported[-1]}" in (DOCS / "supported.md").read_text(encoding="utf-8")
