"""JUnit XML, as CI servers read it: one test case a migration, and one for what belongs to none."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from schemaguard.diagnosis.model import State
from schemaguard.report.base import Report, Told, is_inside
from schemaguard.report.escape import visible
from schemaguard.report.many.base import Many
from schemaguard.schema.codes import Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

ELSEWHERE = "outside of migrations"


def as_junit(report: Report | Many) -> str:
    """Findings of level error are failures, others and what a baseline knows are output; what is pending is skipped.

    Of many databases, those that could not be checked are errors.
    """
    by_migration: dict[tuple[str | None, str | None], list[Told]] = {}
    for told in report.told:
        by_migration.setdefault((told.finding.app, told.finding.migration), []).append(told)
    cases = [
        _case(app, name, file, by_migration.pop((app, name), []), pending)
        for app, name, file, pending in _migrations(report)
    ]
    unknown = report.what if isinstance(report, Many) else report.diagnosis.database.name or "database"
    for (app, _), findings in by_migration.items():
        case = ET.Element("testcase", classname=visible(app or unknown), name=ELSEWHERE)
        cases.append(_told(case, findings))
    cases += [_failed(unknown, reason, names) for reason, names in report.not_checked]
    suite = ET.Element("testsuite", name=f"schemaguard {visible(report.name)}")
    suite.extend(cases)
    for attribute, tag in (("failures", "failure"), ("skipped", "skipped"), ("errors", "error")):
        suite.set(attribute, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("tests", str(len(cases)))
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _migrations(report: Report | Many) -> Iterator[tuple[str, str, str | None, str | None]]:
    """The app, name and file of each, and the words where it is pending."""
    if isinstance(report, Many):
        for (app, name), (file, states) in report.migrations.items():
            number = states[State.PENDING]
            yield app, name, file, f"pending in {number:,} of {report.name}" if number else None
        return
    for each in report.diagnosis.migrations:
        yield each.app, each.name, each.file, "pending" if each.state is State.PENDING else None


def _case(app: str, name: str, file: str | None, findings: list[Told], pending: str | None) -> ET.Element:
    case = ET.Element("testcase", classname=visible(app), name=visible(name))
    if file is not None and is_inside(file):
        case.set("file", file)
    if pending is not None and not findings:
        ET.SubElement(case, "skipped", message=visible(pending))
    return _told(case, findings)


def _told(case: ET.Element, findings: Iterable[Told]) -> ET.Element:
    failing: list[Told] = []
    others: list[Told] = []
    for each in findings:
        (failing if each.finding.level is Level.ERROR and each.since is None else others).append(each)
    if failing:
        # One failure a test case: CI servers show the first alone.
        failure = ET.SubElement(case, "failure", message=failing[0].message, type=failing[0].finding.code)
        failure.text = "\n".join(map(_line, failing))
    if others:
        ET.SubElement(case, "system-out").text = "\n".join(map(_line, others))
    return case


def _failed(what: str, reason: str, names: Sequence[str]) -> ET.Element:
    case = ET.Element("testcase", classname=visible(what), name=f"{len(names):,} not checked: {visible(names[0])}")
    error = ET.SubElement(case, "error", message=visible(reason), type="not checked")
    error.text = visible(", ".join(names))
    return case


def _line(told: Told) -> str:
    known = f" (known since {told.since})" if told.since is not None else ""
    hint = f"\n  {visible(told.finding.hint)}" if told.finding.hint else ""
    return f"{told.finding.code} {told.finding.level.value}: {told.message}{known}{hint}"
