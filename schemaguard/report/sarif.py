"""SARIF 2.1.0: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from schemaguard import __version__
from schemaguard.diagnosis.codes import described_codes
from schemaguard.report.base import DOCUMENTATION, Report, help_of
from schemaguard.report.escape import visible
from schemaguard.schema.kinds import Level

if TYPE_CHECKING:
    from schemaguard.diagnosis.model import Finding

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {Level.ERROR: "error", Level.WARNING: "warning", Level.INFO: "note"}
ROOT = "%SRCROOT%"


def as_sarif(report: Report) -> str:
    """One run; its rules are the codes that were found."""
    found = sorted({finding.code for finding in report.diagnosis.findings})
    told = described_codes()
    rules = [
        {
            "id": code,
            "shortDescription": {"text": told[code].description},
            "helpUri": help_of(code),
            "defaultConfiguration": {"level": LEVELS[told[code].level]},
        }
        for code in found
    ]
    driver = {
        "name": "schemaguard",
        "semanticVersion": __version__,
        "informationUri": DOCUMENTATION,
        "rules": rules,
    }
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"schemaguard/{report.diagnosis.database.alias}/"},
        "columnKind": "unicodeCodePoints",
        "results": [_result(report, finding, found.index(finding.code)) for finding in report.diagnosis.findings],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _result(report: Report, finding: Finding, rule: int) -> dict[str, Any]:
    text = visible(finding.message) + (f"\n{visible(finding.hint)}" if finding.hint else "")
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": LEVELS[finding.level],
        "message": {"text": text},
        "partialFingerprints": {"schemaguard/v1": report.fingerprint(finding)},
        "locations": [_location(report, finding)],
    }
    if report.known:
        result["baselineState"] = "new" if report.known_since(finding) is None else "unchanged"
    return result


def _location(report: Report, finding: Finding) -> dict[str, Any]:
    """Where the file is, and what in the database it is about: a finding always has the second."""
    parts = [finding.table, finding.name if finding.name != finding.table else None]
    name = ".".join(filter(None, parts)) or ".".join(filter(None, [finding.app, finding.migration])) or "database"
    location: dict[str, Any] = {"logicalLocations": [{"fullyQualifiedName": visible(name), "kind": finding.kind.value}]}
    if finding.file is not None and report.is_inside(finding.file):
        location["physicalLocation"] = {
            "artifactLocation": {"uri": quote(finding.file), "uriBaseId": ROOT},
            "region": {"startLine": finding.line or 1},
        }
    return location
