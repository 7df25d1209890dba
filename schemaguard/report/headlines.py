"""The one line that stands above both sides of a finding, and the hint below them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from schemaguard.diagnosis.wording import unfinished
from schemaguard.schema.codes import Problem
from schemaguard.schema.kinds import Kind

if TYPE_CHECKING:
    from schemaguard.diagnosis.model import Finding

AFTER_BOTH = re.compile(r"(?: \(another ([^()]+)\))?(?:: (.+))?")


def headline(finding: Finding) -> str:
    """The message; a short one where it would only repeat the two sides that stand below it."""
    both = finding.expected is not None and finding.actual is not None
    if not (both and finding.expected in finding.message and finding.actual in finding.message):  # type: ignore[operator]
        return finding.message
    if finding.actual and finding.actual.startswith("renamed to "):
        return finding.message  # two names, which say little by themselves
    kind = finding.kind.words
    what = finding.name or ", ".join(finding.columns or ()) or finding.table
    where = f" of {finding.table}" if finding.table not in (None, what) else ""
    differs = _difference(finding)
    if finding.problem is Problem.INCOMPARABLE:
        differs = "is perhaps the same: that cannot be told"
    elif finding.problem is Problem.MISSING and finding.actual:
        differs = unfinished(finding.actual)
    if finding.kind is Kind.COMMENT:
        kind, differs = "comment of", "is different"
    return f"{kind} {what}{where} {differs}"


def _difference(finding: Finding) -> str:
    """What is said of the difference behind both sides: in what they differ, and what that does to the program."""
    rest = finding.message.rpartition(finding.expected or "")[2]
    change, because = found.groups() if (found := AFTER_BOTH.fullmatch(rest)) else (None, None)
    return (f"has another {change}" if change else "is different") + (f": {because}" if because else "")


def unsaid_hint(finding: Finding, said: set[str | None]) -> str | None:
    """The hint, unless it was said before: of the same finding, or of another with another name. Adds it to `said`."""
    if finding.hint is None:
        return None
    pattern = finding.hint.replace(finding.name, "\0") if finding.name else finding.hint
    if {finding.hint, pattern} & said:
        return None
    said.add(pattern)
    return finding.hint
