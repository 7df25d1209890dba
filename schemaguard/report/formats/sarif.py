"""SARIF 2.1.0: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from schemaguard import __version__
from schemaguard.diagnosis.codes import described_codes
from schemaguard.report.base import DOCUMENTATION, Report, Told, help_of, is_inside
from schemaguard.report.escape import visible
from schemaguard.report.many.base import Many, few
from schemaguard.schema.codes import Level

if TYPE_CHECKING:
    from schemaguard.diagnosis.model import Finding

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {Level.ERROR: "error", Level.WARNING: "warning", Level.INFO: "note"}
ROOT = "%SRCROOT%"


def as_sarif(report: Report | Many) -> str:
    """One run; its rules are the codes that were found. Of many databases, those not checked are told by the run."""
    found = sorted({each.finding.code for each in report.told})
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
    run: dict[str, Any] = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"schemaguard/{_category(report)}/"},
        "columnKind": "unicodeCodePoints",
        "results": [_result(report, each, found.index(each.finding.code)) for each in report.told],
    }
    failed = [
        {"level": "error", "message": {"text": f"not checked: {visible(few(names))}: {visible(reason)}"}}
        for reason, names in report.not_checked
    ]
    if failed:
        run["invocations"] = [{"executionSuccessful": False, "toolExecutionNotifications": failed}]
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _category(report: Report | Many) -> str:
    """The same from run to run: code scanning holds a run against the last one with it."""
    return report.what if isinstance(report, Many) else report.name


def _result(report: Report | Many, told: Told, rule: int) -> dict[str, Any]:
    finding = told.finding
    text = told.message + (f"\n{visible(finding.hint)}" if finding.hint else "")
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": LEVELS[finding.level],
        "message": {"text": text},
        "partialFingerprints": {"schemaguard/v1": told.fingerprint},
        "locations": [_location(finding)],
    }
    if report.has_baseline:
        result["baselineState"] = "new" if told.since is None else "unchanged"
    return result


def _location(finding: Finding) -> dict[str, Any]:
    """Where the file is, and what in the database it is about: a finding always has the second."""
    parts = [finding.table, finding.name if finding.name != finding.table else None]
    name = ".".join(filter(None, parts)) or ".".join(filter(None, [finding.app, finding.migration])) or "database"
    location: dict[str, Any] = {"logicalLocations": [{"fullyQualifiedName": visible(name), "kind": finding.kind.value}]}
    if finding.file is not None and is_inside(finding.file):
        location["physicalLocation"] = {
            "artifactLocation": {"uri": quote(finding.file), "uriBaseId": ROOT},
            "region": {"startLine": finding.line or 1},
        }
    return location
