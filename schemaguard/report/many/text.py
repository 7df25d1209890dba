"""The report on many databases: those that are alike are one line, by what is different in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.diagnosis.model import Verdict
from schemaguard.diagnosis.wording import RECONCILE
from schemaguard.report.formats.text import VERDICTS, counts_of, details_of, gone_line
from schemaguard.report.many.base import FAILED, FEW, MOST_GROUPS, Group, Many, shortened
from schemaguard.report.plan import step_lines
from schemaguard.report.spans import EMPTY, Line, Role, coloured, plain, span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import Console

    from schemaguard.diagnosis.model import Diagnosis

WORDS = {**{each.value: word for each, (word, _) in VERDICTS.items()}, FAILED: "not checked"}
ROLES = {**{each.value: role for each, (_, role) in VERDICTS.items()}, FAILED: Role.ERROR}


def many_as_text(many: Many, *, verbosity: int = 1, console: Console | None = None) -> str:
    lines = [_summary(many)]
    told = [each for each in many.groups if each.verdict != Verdict.IN_SYNC.value or _says_something(each)]
    if verbosity > 0:
        for group in told[:MOST_GROUPS]:
            lines += [EMPTY, _heading(group, verbosity), _names(group, verbosity)]
            if group.error is not None:
                lines.append((span("  error    "), span(group.error, folds=True)))
            elif group.example is not None:
                lines += details_of(group.example(), verbosity, group.known_since)
        for reason, names in many.left.items():
            number = f"{len(names):,} left as they were" if len(names) > 1 else f"{names[0]} left as it was"
            lines += [EMPTY, (span(number, Role.ERROR), span(f": {reason}", folds=True))]
            lines += [_listed(names, verbosity)] if len(names) > 1 else []
        if len(told) > MOST_GROUPS:
            rest = sum(each.count for each in told[MOST_GROUPS:])
            text = f"and {len(told) - MOST_GROUPS} more groups, of {rest} targets: --format json has all of them"
            lines += [EMPTY, (span(text, Role.LABEL),)]
        if many.gone:
            lines += [EMPTY, gone_line(many.gone)]
        if any(each.verdict == Verdict.RECONCILABLE.value for each in many.groups):
            command = f"{RECONCILE} {many.selection}".strip()
            lines += [EMPTY, (span("next  ", Role.LABEL), span(command, Role.COMMAND))]
    return shown(lines, console)


def _says_something(group: Group) -> bool:
    return group.example is not None and bool(group.example().findings)


def ways(verdict: str, targets: int, ways: int) -> str:
    """`185 pending alike`, `3 reconcilable in 2 ways`."""
    words = f"{targets:,} {WORDS[verdict]}"
    if verdict in (Verdict.IN_SYNC.value, FAILED) or targets == 1:
        return words
    return f"{words} alike" if ways == 1 else f"{words} in {ways} ways"


def _summary(many: Many) -> Line:
    line = [span(many.name, Role.HEADING), span(": ")]
    for number, (verdict, targets, in_ways) in enumerate(many.summary):
        line += [*([span(", ")] if number else []), span(ways(verdict, targets, in_ways), ROLES[verdict])]
    return tuple(line)


def _heading(group: Group, verbosity: int) -> Line:
    number = f"{group.count:,} alike" if group.count > 1 else group.targets[0]
    counts = "".join(f", {each}" for each in counts_of(group.example(), verbosity)) if group.example else ""
    return span(number, Role.HEADING), span(": "), span(WORDS[group.verdict], ROLES[group.verdict]), span(counts)


def _names(group: Group, verbosity: int) -> Line:
    if group.count == 1:
        return (span(f"  group {group.fingerprint}", Role.LABEL),)
    return _listed(group.targets, verbosity)


def _listed(targets: Sequence[str], verbosity: int) -> Line:
    names, more = (", ".join(targets), "") if verbosity > 1 else shortened(targets)
    return span("  "), span(names, Role.LABEL, folds=True), span(more, Role.LABEL)


def plan_lines(diagnosis: Diagnosis, targets: Sequence[str], fingerprint: str) -> Iterator[Line]:
    """One plan with its SQL, and for whom it is."""
    head = f"{len(targets):,} with this plan: {', '.join(targets[:FEW])}" if len(targets) > 1 else f"{targets[0]}:"
    yield (span(head, Role.HEADING),)
    for step in diagnosis.plan:
        yield from ((span("  "), *line) for line in step_lines(step, sql=True, records=True))
    for reason in diagnosis.unmendable:
        yield span("  stopped by: ", Role.ERROR), span(reason)
    yield span("plan ", Role.LABEL), span(fingerprint)


def shown(lines: Iterable[Line], console: Console | None) -> str:
    """The text, with colours where there is a console for them."""
    return plain(list(lines)) if console is None else coloured(list(lines), console)
