"""Writes the tables of docs/findings.md, and the kinds of docs/report.schema.json, from the registry of kinds.

`python -m tests.kinds_page` (or `make findings`) writes them; `tests/test_docs.py` fails where they are out of date.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from schemaguard.schema.codes import DIFFERENT, ERROR, EXTRA, INCOMPARABLE, INFO, MISSING, WARNING, Code, Level, Problem
from schemaguard.schema.kinds import KINDS, REPORTED, ROWS, Absence, Kind, Presence
from tests.documentation import codes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

DOCS = Path(__file__).parents[1] / "docs"
FINDINGS, REPORT_SCHEMA = DOCS / "findings.md", DOCS / "report.schema.json"
USUAL = {MISSING: ERROR, DIFFERENT: ERROR, EXTRA: WARNING, INCOMPARABLE: INFO}
"""The problems of a thing in the database, each a column of the page, with the level that goes without saying there."""
KINDS_OF_THE_SCHEMA = re.compile(r'("level": \{[^}]*\},\s*"kind": \{\s*"enum": \[)[^\]]*\]')


def page(text: str) -> str:
    """The page with its tables written anew; a table stands between `<!-- table: NAME -->` and `<!-- end -->`."""
    for name, rows in TABLES.items():
        table = "\n".join(rows())
        text, count = re.subn(
            rf"(<!-- table: {name} -->\n).*?(\n<!-- end -->)",
            lambda found, table=table: f"{found[1]}{table}{found[2]}",  # type: ignore[misc]
            text,
            flags=re.DOTALL,
        )
        assert count == 1, name
    return text


def report_schema(text: str) -> str:
    """The JSON Schema with the kinds that a finding can be about."""
    names = [json.dumps(kind.value) for kind in REPORTED]
    lines = [", ".join(names[at : at + 9]) for at in range(0, len(names), 9)]
    enum = ",\n            ".join(lines)
    text, count = KINDS_OF_THE_SCHEMA.subn(lambda found: f"{found[1]}\n            {enum}\n          ]", text)
    assert count == 1
    return text


def _migrations() -> Iterator[str]:
    yield from _head("code", "level", "problem", "what it is", "what mends it")
    row = KINDS[Kind.MIGRATION]
    codes: list[tuple[Code, tuple[Problem, ...]]] = [(code, (problem,)) for problem, code in row.codes.items()]
    codes += [(code, code.problems) for code in row.special]
    for code, problems in sorted(codes, key=lambda each: each[0].code):
        words = ", ".join(problem.value for problem in problems)
        yield _line(_link(code), code.level.value, words, code.note, code.mended_by)


def _things() -> Iterator[str]:
    yield from _head("kind", *(problem.value for problem in USUAL), "extra, and the project's own code spells its name")
    for row in ROWS:
        if row.kind is Kind.MIGRATION or not row.codes:
            continue
        made = row.made_by_code
        yield _line(row.title or row.kind.words, *_cells(row.codes), _cell(made, INFO) if made is not None else "")
        for code in row.special:
            yield _line(code.description, *_cells(dict.fromkeys(code.problems, code)), "")


def _proofs() -> Iterator[str]:
    yield from _head("kind", "found, without a record: it proves of its migration", "recorded, and not found", "why")
    for row in ROWS:
        if row.sql or not row.codes:
            yield _line(row.title or row.kind.words, row.presence.value, row.absence.value, row.reason)
    others = [row for row in ROWS if MISSING in row.codes and not row.sql]
    assert {(row.presence, row.absence) for row in others} == {(Presence.PROOF, Absence.MISSING)}
    words = ", ".join(row.kind.words for row in others)
    yield _line(words, Presence.PROOF.value, Absence.MISSING.value, "")


def _cells(codes: Mapping[Problem, Code]) -> Iterator[str]:
    for problem, level in USUAL.items():
        code = codes.get(problem)
        yield _cell(code, level) if code is not None else ""


def _cell(code: Code, usual: Level) -> str:
    """The code, which leads to what is said of it below."""
    level = "" if code.level is usual else f" ({code.level.value})"
    return f"{_link(code)}{level}"


def _link(code: Code) -> str:
    return f"[{code.code}](#{code.code.lower()})"


def _head(*titles: str) -> Iterable[str]:
    return _line(*titles), "|" + "---|" * len(titles)


def _line(*cells: str) -> str:
    return "".join(f"| {cell} " if cell else "| " for cell in cells) + "|"


TABLES: Mapping[str, Callable[[], Iterator[str]]] = {
    "migrations": _migrations,
    "things": _things,
    "proofs": _proofs,
    "codes": codes.sections,
}


def main() -> None:
    for path, written in ((FINDINGS, page), (REPORT_SCHEMA, report_schema)):
        path.write_text(written(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
