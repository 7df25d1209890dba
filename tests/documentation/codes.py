"""The section of docs/findings.md with a heading for each code: the anchors that reports and hints link to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from schemaguard.conf import STALE
from schemaguard.diagnosis.codes import MADE_BY_CODE, described_codes
from schemaguard.schema.codes import Problem
from schemaguard.schema.kinds import ROWS, Kind
from tests.documentation.pages import DOCS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

WHAT: Mapping[Problem, str] = {
    Problem.MISSING: "A recorded migration makes it, and it is not there.",
    Problem.DIFFERENT: "It is there in another shape than its migrations give it.",
    Problem.EXTRA: "It is there, and no migration makes it; or a recorded migration removes it (then it is an error).",
    Problem.INCOMPARABLE: "It is there, and nobody can say whether it is the same.",
}
MENDED: Mapping[Problem, str] = {
    Problem.MISSING: "`reconcile` makes it again.",
    Problem.DIFFERENT: "`reconcile` does the alteration again where the shape is an earlier one of its own history. "
    "Any other shape is a conflict: `reconcile --on-conflict alter` changes it, `accept` leaves it as it is.",
    Problem.EXTRA: "A person decides: put it into a migration, drop it, or ignore it with a reason "
    "([`IGNORE`](settings.md#ignore)). What a recorded migration removes, `reconcile` removes.",
    Problem.INCOMPARABLE: "Nothing has to be done. `check --verbosity 2` shows both spellings.",
}
HARM: Mapping[Kind, str] = {
    Kind.TABLE: "every query of its model fails",
    Kind.COLUMN: "every query that names it fails",
    Kind.PRIMARY_KEY: "a row can be there twice, and no foreign key can point at the table",
    Kind.UNIQUE: "a value can be there twice, and `ON CONFLICT` fails",
    Kind.FOREIGN_KEY: "a row can point at a row that is not there",
    Kind.CHECK: "values can be written that the models forbid",
    Kind.EXCLUSION: "rows can be written that exclude each other",
    Kind.INDEX: "queries are slow",
    Kind.EXTENSION: "its types and functions cannot be used",
    Kind.COLLATION: "text is sorted and compared in another way",
    Kind.VIEW: "queries of it fail",
    Kind.FUNCTION: "calls of it fail",
    Kind.TRIGGER: "what it keeps right is not kept right",
    Kind.RULE: "what it rewrites is not rewritten",
}
"""What is wrong with a running program where such a thing is missing."""
SPECIAL: Mapping[str, tuple[str, str]] = {
    "SG202": (WHAT[Problem.EXTRA], f"`adopt` takes it into the project. {MENDED[Problem.EXTRA]}"),
    "SG206": (
        "No migration makes the column, it is NOT NULL, and it has no default. So every INSERT of Django fails.",
        "Give it a default, let it be NULL, drop it, or put it into the model and a migration.",
    ),
    "SG208": (
        "Somebody gave the column a default that neither a field nor a migration gives. Django gives every column its "
        "value itself, so nobody is hurt.",
        "Nothing has to be done.",
    ),
    "SG210": (
        "Somebody keeps the table locked. What needs a lock of it was not looked at, and the finding says who it is.",
        "Check again when the lock is gone.",
    ),
    "SG401": (
        "It stands below the largest key, so the next INSERT fails.",
        "`reconcile` sets it behind the rows.",
    ),
    "SG402": (
        "It gives the keys of the records, the journal, content types or permissions. So every `migrate` that writes "
        "there fails.",
        "`reconcile` sets it, before anything else.",
    ),
    "SG403": (
        "The sequence, or the rows that it numbers, came to the last number that the column can hold.",
        "A person gives the column a wider type.",
    ),
    "SG501": (
        "It has given no number yet, and code of the migrations may have given the rows their keys.",
        "`reconcile` sets it.",
    ),
    "SG431": ("The comment is another one than the migrations give.", "`reconcile` writes it again."),
}


def sections() -> Iterator[str]:
    """The lines, a heading for each code. A code stands in a heading alone, so that its anchor is `#sg203`."""
    kinds = {code.code: row.kind for row in ROWS for code in (*row.codes.values(), *row.special)}
    problems = {code.code: problem for row in ROWS for problem, code in row.codes.items()}
    by_code = {code.code for code in MADE_BY_CODE.values()}
    shown = _shown()
    for name, code in sorted(described_codes().items()):
        what, mended = _told(name, problems, kinds, by_code)
        if code.note:
            what = _sentence(code.note)
        if code.mended_by:
            mended = _sentence(code.mended_by)
        what, mended = SPECIAL.get(name, (what, mended))
        yield from (f"### {name}", "", f"**{code.description}** ({code.level.value}). {what}", "")
        if mended:
            yield from (f"What mends it: {mended[0].lower()}{mended[1:]}", "")
        if name in shown:
            yield from (f"Seen in: {', '.join(shown[name])}.", "")


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def _told(name: str, problems: Mapping[str, Problem], kinds: Mapping[str, Kind], by_code: set[str]) -> tuple[str, str]:
    if name in by_code:
        return (
            "No migration makes it, and code of the project spells its name. So that code may have made it.",
            "Nothing has to be done. `check --verbosity 2` shows it.",
        )
    problem = problems.get(name)
    if problem is None or problem not in WHAT:
        return "", ""
    what = WHAT[problem]
    if problem is Problem.MISSING and kinds[name] in HARM:
        what += f" Until it is there, {HARM[kinds[name]]}."
    mended = MENDED[problem]
    if problem is Problem.MISSING and kinds[name] in (Kind.TABLE, Kind.COLUMN):
        mended += " The rows that it held come from a backup, or not at all."
    return what, mended


def _shown() -> dict[str, list[str]]:
    """Code → links to the pages of error messages in which it is found."""
    links: dict[str, list[str]] = {}
    for page in sorted((DOCS / "errors").glob("*.md")):
        text = page.read_text(encoding="utf-8")
        title = text.splitlines()[0].removeprefix("# ")
        for code in sorted(set(re.findall(r"^  (?:error|warning|info) +(SG\d{3})", text, re.MULTILINE))):
            links.setdefault(code, []).append(f"[{title}](errors/{page.name})")
    assert STALE not in links
    return links
