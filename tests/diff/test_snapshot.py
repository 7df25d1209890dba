"""`schemaguard snapshot`: the same file for the same schema, and a check against it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.harness import Database, Result

    Run = Callable[..., Result]

SQL = """
CREATE TABLE team (name varchar(9) NOT NULL, id integer PRIMARY KEY, age integer DEFAULT 7,
                   CONSTRAINT adult CHECK (age >= 18));
CREATE TABLE member (id integer PRIMARY KEY, team_id integer REFERENCES team (id) ON DELETE CASCADE);
CREATE UNIQUE INDEX one ON team (lower(name), age DESC) WHERE age > 1;
CREATE VIEW adults AS SELECT id FROM team;
"""
IN_ANOTHER_ORDER = """
CREATE TABLE team (id integer PRIMARY KEY, name varchar(9) NOT NULL, age integer DEFAULT 7,
                   CONSTRAINT adult CHECK (age >= 18));
CREATE UNIQUE INDEX one ON team (lower(name), age DESC) WHERE age > 1;
CREATE TABLE member (id integer PRIMARY KEY, team_id integer REFERENCES team (id) ON DELETE CASCADE);
CREATE VIEW adults AS SELECT id FROM team;
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    return str(tmp_path / "schema.json")


def test_the_same_schema_is_the_same_file(database: Database, other: Database, run_both: Run, tmp_path: Path) -> None:
    database.script(SQL)
    other.script(IN_ANOTHER_ORDER)
    texts = []
    for alias in ("default", "other"):
        run_both("schemaguard", "snapshot", str(tmp_path / alias), "--database", alias).expect(0)
        texts.append((tmp_path / alias).read_text())
    assert texts[0] == texts[1]
    run_both("schemaguard", "diff", str(tmp_path / "default"), str(tmp_path / "other")).expect(0)


def test_the_file_says_what_was_decided(database: Database, run_both: Run, file: str) -> None:
    database.script("CREATE TABLE team (id integer PRIMARY KEY, name varchar(9) NOT NULL)")
    run_both("schemaguard", "snapshot", file).expect(0)
    document = json.loads(Path(file).read_text())
    text = {"postgresql": "character varying(9)", "sqlite": "varchar(9)"}[database.vendor]
    assert document["tables"]["team"]["columns"]["name"] == {"type": text, "comment": ""} or document["tables"]["team"][
        "columns"
    ]["name"] == {"type": text}


def test_check_says_what_changed(database: Database, run_both: Run, file: str) -> None:
    database.script(SQL)
    run_both("schemaguard", "snapshot", file).expect(0)
    written = Path(file).read_bytes()
    assert run_both("schemaguard", "snapshot", file, "--check").expect(0).out.endswith(": the same\n")
    database.script("ALTER TABLE team ADD COLUMN more integer")
    out = run_both("schemaguard", "snapshot", file, "--check").expect(1).out
    assert out.splitlines()[1:] == ["", "team", "  only in default  column team.more: integer NULL"]
    assert Path(file).read_bytes() == written
    document = run_both("schemaguard", "snapshot", file, "--check", "--format", "json").expect(1).json
    assert [each["name"] for each in document["differences"]] == ["team.more"]


@pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("text", "line"),
    [
        (None, "cannot read {}: no such file or directory"),
        ("{", "{} is no snapshot: it is not JSON"),
        ("[]", "{} is no snapshot; schemaguard snapshot writes one"),
        ('{"tables": {}, "vendor": "sqlite", "format": 9}', "{}: format 9 is not known here; this version writes 1"),
        (
            '{"format": 1, "vendor": "sqlite", "tables": {"t": {"columns": {"a": {"type": 7}}, "constraints": []}}}',
            "{}: the snapshot is damaged: type is 7",
        ),
        (
            '{"format": 1, "vendor": "sqlite", "tables": {"t": {"columns": {}, "constraints": [{"kind": "odd"}]}}}',
            "{}: the snapshot is damaged: a constraint of kind 'odd'",
        ),
        (
            '{"format": 1, "vendor": "sqlite", "tables": {"t": {"columns": {"a": {"typ": "x"}}, "constraints": []}}}',
            "{}: the snapshot is damaged: column has typ",
        ),
        ('{"format": 1, "vendor": "sqlite", "tables": [1]}', "{}: the snapshot is damaged: "),
    ],
)
def test_a_file_that_is_no_snapshot(run_both: Run, file: str, text: str | None, line: str) -> None:
    if text is not None:
        Path(file).write_text(text)
    result = run_both("schemaguard", "snapshot", file, "--check").expect(2)
    assert result.out == ""
    assert result.err.startswith(f"schemaguard: {line.format(file)}")
    assert result.err.count("\n") == 1


@pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)
def test_a_file_that_cannot_be_written(run_both: Run, tmp_path: Path) -> None:
    result = run_both("schemaguard", "snapshot", str(tmp_path / "none" / "file")).expect(2)
    assert "cannot write" in result.err
