"""JUnit XML, as CI servers read it: one test case a migration, and one for what belongs to none."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from schemaguard.diagnosis.model import DiagnosedMigration, Finding, State
from schemaguard.report.escape import visible
from schemaguard.schema.kinds import Level

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemaguard.report.base import Report

ELSEWHERE = "outside of migrations"


def as_junit(report: Report) -> str:
    """Findings of level error are failures, others and what a baseline knows are output; what is pending is skipped."""
    diagnosis = report.diagnosis
    by_migration: dict[tuple[str | None, str | None], list[Finding]] = {}
    for finding in diagnosis.findings:
        by_migration.setdefault((finding.app, finding.migration), []).append(finding)
    cases = [_case(report, each, by_migration.pop(each.key, [])) for each in diagnosis.migrations]
    for (app, _), findings in by_migration.items():
        case = ET.Element("testcase", classname=visible(app or diagnosis.database.name or "database"), name=ELSEWHERE)
        cases.append(_told(report, case, findings))
    suite = ET.Element("testsuite", name=f"schemaguard {visible(diagnosis.database.alias)}")
    suite.extend(cases)
    for attribute, tag in (("failures", "failure"), ("skipped", "skipped")):
        suite.set(attribute, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("errors", "0")
    suite.set("tests", str(len(cases)))
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _case(report: Report, migration: DiagnosedMigration, findings: list[Finding]) -> ET.Element:
    case = ET.Element("testcase", classname=visible(migration.app), name=visible(migration.name))
    if migration.file is not None and report.is_inside(migration.file):
        case.set("file", migration.file)
    if migration.state is State.PENDING and not findings:
        ET.SubElement(case, "skipped", message="pending")
    return _told(report, case, findings)


def _told(report: Report, case: ET.Element, findings: Iterable[Finding]) -> ET.Element:
    failing = [each for each in findings if each.level is Level.ERROR and report.known_since(each) is None]
    others = [each for each in findings if each not in failing]
    if failing:
        # One failure a test case: CI servers show the first alone.
        failure = ET.SubElement(case, "failure", message=visible(failing[0].message), type=failing[0].code)
        failure.text = "\n".join(_line(report, each) for each in failing)
    if others:
        ET.SubElement(case, "system-out").text = "\n".join(_line(report, each) for each in others)
    return case


def _line(report: Report, finding: Finding) -> str:
    since = report.known_since(finding)
    known = f" (known since {since})" if since is not None else ""
    hint = f"\n  {visible(finding.hint)}" if finding.hint else ""
    return f"{finding.code} {finding.level.value}: {visible(finding.message)}{known}{hint}"
