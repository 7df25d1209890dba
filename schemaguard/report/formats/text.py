"""The report for people: the verdict, one line a problem, the plan in short, and what to type next."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from schemaguard.diagnosis.model import Action, Diagnosis, Finding, State, Verdict
from schemaguard.diagnosis.wording import RECONCILE, numbered
from schemaguard.report.advice import next_step
from schemaguard.report.differences import Part, differences
from schemaguard.report.groups import Group, Run, grouped, listed
from schemaguard.report.headlines import headline, unsaid_hint
from schemaguard.report.picture import picture
from schemaguard.report.spans import EMPTY, Line, Role, coloured, plain, span
from schemaguard.schema.codes import Level

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from rich.console import Console

VERDICTS = {
    Verdict.IN_SYNC: ("in sync", Role.GOOD),
    Verdict.PENDING: ("pending", Role.WARNING),
    Verdict.RECONCILABLE: ("reconcilable", Role.ERROR),
    Verdict.CONFLICT: ("conflict", Role.ERROR),
}
LEVELS = {Level.ERROR: Role.ERROR, Level.WARNING: Role.WARNING, Level.INFO: Role.INFO}
INDENT = " " * 18


def as_text(
    diagnosis: Diagnosis,
    *,
    verbosity: int = 1,
    app_labels: Collection[str] = (),
    console: Console | None = None,
    known_since: Callable[[Finding], str | None] = lambda _finding: None,
    gone: int = 0,
) -> str:
    """The report as lines, each with its end. Exactly one line where all is well.

    `console` gives the colours, where it shows any.
    `verbosity` 0 is the verdict alone. 2 adds findings of level info, and what was expected and what is there.
    `app_labels` says to which apps the diagnosis was narrowed.
    `known_since` gives the date of a finding in the baseline. `gone` counts those of the baseline that nobody finds
    now.
    """
    findings = [each for each in diagnosis.findings if verbosity > 1 or each.level is not Level.INFO]
    known = [each for each in findings if known_since(each) is not None]
    lines = [_summary(diagnosis, verbosity, app_labels)]
    if verbosity > 0 and (findings or gone or diagnosis.verdict is not Verdict.IN_SYNC):
        advice = next_step(diagnosis)
        said: set[str | None] = {advice}
        lines += picture(diagnosis.migrations)
        lines += _problems(diagnosis, [each for each in findings if known_since(each) is None], verbosity, said)
        lines += _baseline(diagnosis, known, gone, verbosity, said)
        lines += _pending(diagnosis, verbosity)
        lines += _end(diagnosis, advice)
    return plain(lines) if console is None else coloured(lines, console)


def details_of(
    diagnosis: Diagnosis, verbosity: int, known_since: Callable[[Finding], str | None] = lambda _finding: None
) -> list[Line]:
    """What is told of one of many: the report without its first line, and without what to do next about this one."""
    findings = [each for each in diagnosis.findings if verbosity > 1 or each.level is not Level.INFO]
    said: set[str | None] = {each.hint for each in findings if (each.hint or "").startswith(RECONCILE)}
    known = [each for each in findings if known_since(each) is not None]
    lines = [*_problems(diagnosis, [each for each in findings if each not in known], verbosity, said)]
    lines += _baseline(diagnosis, known, 0, verbosity, said)
    return [*lines, *_pending(diagnosis, verbosity), *_end(diagnosis, None)]


# ------------------------------------------------------------------------------------------------------------ summary
def _summary(diagnosis: Diagnosis, verbosity: int, app_labels: Collection[str]) -> Line:
    database = diagnosis.database
    server = " ".join(filter(None, [database.vendor, database.version]))
    only = f", {_and(app_labels)} only" if app_labels else ""
    word, role = VERDICTS[diagnosis.verdict]
    counts = "".join(f", {each}" for each in counts_of(diagnosis, verbosity))
    return (
        span(database.alias, Role.HEADING),
        span(f" ({', '.join(filter(None, [server, database.name]))}){only}: "),
        span(word, role),
        span(counts),
    )


def counts_of(diagnosis: Diagnosis, verbosity: int) -> Iterator[str]:
    levels = Counter(each.level for each in diagnosis.findings)
    states = Counter(each.state for each in diagnosis.migrations)
    pending, total = states[State.PENDING], len(diagnosis.migrations) - states[State.ORPHANED]
    if diagnosis.verdict is Verdict.IN_SYNC:
        yield f"{numbered(states[State.APPLIED], 'migration')} applied"
    elif diagnosis.verdict is not Verdict.PENDING and not levels[Level.ERROR] and not levels[Level.WARNING]:
        yield "no findings"
    for level in (Level.ERROR, Level.WARNING):
        if levels[level]:
            yield numbered(levels[level], level.value)
    if pending or diagnosis.verdict is Verdict.PENDING:
        yield f"{pending} of {numbered(total, 'migration')} not run yet"
    if levels[Level.INFO]:
        yield numbered(levels[Level.INFO], "note") + ("" if verbosity > 1 else " (--verbosity 2 shows them)")


def _and(words: Collection[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


# ----------------------------------------------------------------------------------------------------------- problems
def _problems(diagnosis: Diagnosis, findings: list[Finding], verbosity: int, said: set[str | None]) -> Iterator[Line]:
    """`said`: hints that need no saying (again)."""
    joined = False
    for group in grouped(diagnosis, findings):
        compact = isinstance(group, Run) or group.heading is None
        if not (compact and joined):
            yield EMPTY
        joined = compact
        if isinstance(group, Run):
            yield _problem(group.finding, group.text, None)
            continue
        yield from _heading(group)
        for finding in group.findings:
            yield _problem(finding, headline(finding), _place(finding))
            yield from _details(finding, verbosity, said)


def _baseline(
    diagnosis: Diagnosis, known: list[Finding], gone: int, verbosity: int, said: set[str | None]
) -> Iterator[Line]:
    """What was found before, below what is new."""
    if known:
        yield EMPTY
        yield (span(f"{numbered(len(known), 'finding')} of the baseline", Role.HEADING),)
        yield from _problems(diagnosis, known, verbosity, said)
    if gone:
        yield EMPTY
        yield gone_line(gone)


def gone_line(gone: int) -> Line:
    verb = "is" if gone == 1 else "are"
    return (span(f"{numbered(gone, 'finding')} of the baseline {verb} gone: --write-baseline brings it up to date"),)


def _heading(group: Group) -> Iterator[Line]:
    if group.heading is not None:
        state = (span(f"  {group.state.value}", Role.LABEL),) if group.state is not None else ()
        yield span(group.heading, Role.HEADING), *state


def _problem(finding: Finding, text: str, place: str | None) -> Line:
    end = (span(f"  {place}", Role.LABEL),) if place is not None else ()
    level = span(f"  {finding.level.value:<7}  ", LEVELS[finding.level])
    return level, span(f"{finding.code:<5}  ", Role.LABEL), span(text, folds=True), *end


def _place(finding: Finding) -> str | None:
    if finding.file is None:
        return None
    return finding.file if finding.line is None else f"{finding.file}:{finding.line}"


def _details(finding: Finding, verbosity: int, said: set[str | None]) -> Iterator[Line]:
    expected, actual = finding.expected, finding.actual
    if expected is not None and actual is not None:
        one, other = differences(expected, actual)
        yield _side("expected", one, Role.EXPECTED, Role.EXPECTED_ALONE)
        yield _side("actual", other, Role.ACTUAL, Role.ACTUAL_ALONE)
    elif verbosity > 1 and expected is not None:
        yield _side("expected", [Part(expected, False)], Role.EXPECTED, Role.EXPECTED)
    elif verbosity > 1 and actual is not None:
        yield _side("actual", [Part(actual, False)], Role.ACTUAL, Role.ACTUAL)
    hint = unsaid_hint(finding, said)
    if hint is not None:
        yield span(f"{INDENT}{'hint':<8}  ", Role.LABEL), span(hint, folds="manage.py" not in hint)


def _side(label: str, parts: list[Part], role: Role, marked: Role) -> Line:
    """One side; what the other has not is marked."""
    shown = [span(part.text, marked if part.differs else role, folds=number == 0) for number, part in enumerate(parts)]
    return span(f"{INDENT}{label:<8}  ", Role.LABEL), *shown


# ---------------------------------------------------------------------------------------------------------------- end
def _pending(diagnosis: Diagnosis, verbosity: int) -> Iterator[Line]:
    if diagnosis.verdict is Verdict.PENDING or verbosity > 1:
        lines = listed(each for each in diagnosis.migrations if each.state is State.PENDING)
        for number, text in enumerate(lines):
            if number == 0:
                yield EMPTY
            yield span("  pending  ", Role.WARNING), span(text)


def _end(diagnosis: Diagnosis, advice: str | None) -> Iterator[Line]:
    actions = Counter(step.action for step in diagnosis.plan)
    if actions or advice is not None:
        yield EMPTY
    if actions:
        plan = ", ".join(f"{action.value} {actions[action]}" for action in Action if actions[action])
        yield span("plan  ", Role.LABEL), span(plan)
    for step in diagnosis.plan:
        for hazard in step.hazards:
            yield span("      "), span("hazard  ", Role.ERROR), span(f"{step.app}.{step.name}: {hazard.message}")
    for reason in diagnosis.unmendable:
        yield span("      "), span("by hand ", Role.ERROR), span(reason, folds=True)
    if advice is not None:
        yield span("next  ", Role.LABEL), span(advice, Role.COMMAND)
