"""Metrics as Prometheus reads them, in a file for its textfile collector or from a page.

Gauges alone, and no unit: so the text is valid as OpenMetrics, and as the older format of Prometheus too. No name of a
table is a label, so that there are as many series for a database that drifts as for one that does not, give or take its
codes. Nor is the name of one of many databases, so that there are no more series for a thousand.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from schemaguard import __version__
from schemaguard.diagnosis.model import State, Verdict
from schemaguard.report.escape import visible
from schemaguard.report.many.base import FAILED, Many
from schemaguard.schema.codes import Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from schemaguard.diagnosis.model import Finding
    from schemaguard.report.base import Report

Sample = tuple[dict[str, str], int]
_Coded = tuple[str, str, str, str]
"""The code of findings, their level, kind and problem."""


def as_openmetrics(report: Report | Many) -> str:
    """What a baseline knows is counted by itself, not among the findings."""
    lines = _of_many(report) if isinstance(report, Many) else _lines(report)
    return "\n".join([*lines, "# EOF"]) + "\n"


def _of_many(many: Many) -> Iterator[str]:
    numbers = {verdict: number for verdict, number, _ in many.summary}
    levels: Counter[Level] = Counter()
    codes: Counter[_Coded] = Counter()
    known = 0
    for spread in many.spreads:
        finding = spread.finding
        levels[finding.level] += len(spread.new)
        known += len(spread.known)
        if spread.new:
            codes[_coded(finding)] += len(spread.new)
    yield from _gauge(
        "schemaguard_targets", "Databases or schemas by the verdict of the last check; failed: not checked.",
        (({"verdict": each}, numbers.get(each, 0)) for each in (*(each.value for each in Verdict), FAILED)),
    )  # fmt: skip
    yield from _gauge(
        "schemaguard_targets_findings", "Findings of all of them by level, without those that a baseline knows.",
        (({"level": each.value}, levels[each]) for each in Level),
    )  # fmt: skip
    yield from _gauge(
        "schemaguard_targets_findings_by_code", "The same findings by their code.",
        _by_code(codes),
    )  # fmt: skip
    yield from _gauge("schemaguard_targets_known_findings", "Findings that a baseline knows.", [({}, known)])
    yield from _gauge(
        "schemaguard_targets_ways", "In how many ways databases or schemas differ from each other.",
        [({}, len(many.groups))],
    )  # fmt: skip
    yield from _gauge("schemaguard_build", "The version of schemaguard.", [({"version": __version__}, 1)])


def _lines(report: Report) -> Iterator[str]:
    diagnosis = report.diagnosis
    alias = diagnosis.database.alias
    new = [each for each in diagnosis.findings if report.known_since(each) is None]
    levels = Counter(each.level for each in new)
    states = Counter(each.state for each in diagnosis.migrations)
    codes = Counter(map(_coded, new))
    database = {"database": alias}
    yield from _gauge(
        "schemaguard_verdict", "1 for the verdict of the last check, 0 for the others.",
        (({**database, "verdict": each.value}, int(each is diagnosis.verdict)) for each in Verdict),
    )  # fmt: skip
    yield from _gauge(
        "schemaguard_findings", "Findings by level, without those that a baseline knows.",
        (({**database, "level": each.value}, levels[each]) for each in Level),
    )  # fmt: skip
    yield from _gauge(
        "schemaguard_findings_by_code", "The same findings by their code.",
        _by_code(codes, **database),
    )  # fmt: skip
    known = len(diagnosis.findings) - len(new)
    yield from _gauge("schemaguard_known_findings", "Findings that a baseline knows.", [(database, known)])
    yield from _gauge(
        "schemaguard_migrations", "Migrations by their state.",
        (({**database, "state": each.value}, states[each]) for each in State),
    )  # fmt: skip
    yield from _gauge("schemaguard_plan_steps", "Steps that a reconcile would take.", [(database, len(diagnosis.plan))])
    server = {"vendor": diagnosis.database.vendor, "server_version": diagnosis.database.version}
    yield from _gauge(
        "schemaguard_build", "The version of schemaguard, and what it looked at.",
        [({**database, "version": __version__, **server}, 1)],
    )  # fmt: skip


def _coded(finding: Finding) -> _Coded:
    return finding.code, finding.level.value, finding.kind.value, finding.problem.value


def _by_code(codes: Counter[_Coded], **labels: str) -> Iterator[Sample]:
    for (code, level, kind, problem), count in sorted(codes.items()):
        yield {**labels, "code": code, "level": level, "kind": kind, "problem": problem}, count


def _gauge(name: str, text: str, samples: Iterable[Sample]) -> Iterator[str]:
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} gauge"
    for labels, number in samples:
        told = ",".join(f'{key}="{_escaped(label)}"' for key, label in labels.items())
        yield f"{name}{{{told}}} {number}" if told else f"{name} {number}"


def _escaped(label: str) -> str:
    return visible(label).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
