"""A Code Quality report of GitLab: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from schemaguard.report.escape import visible
from schemaguard.schema.kinds import Level

if TYPE_CHECKING:
    from schemaguard.diagnosis.model import Finding
    from schemaguard.report.base import Report

SEVERITIES = {Level.ERROR: "critical", Level.WARNING: "minor", Level.INFO: "info"}
NOWHERE = "manage.py"
"""GitLab shows nothing of a finding without a path."""


def as_gitlab(report: Report) -> str:
    return json.dumps([_issue(report, finding) for finding in report.diagnosis.findings], indent=2) + "\n"


def _issue(report: Report, finding: Finding) -> dict[str, Any]:
    inside = report.is_inside(finding.file)
    since = report.known_since(finding)
    hint = f" ({visible(finding.hint)})" if finding.hint else ""
    return {
        "description": f"{finding.code}: {visible(finding.message)}{hint}",
        "check_name": finding.code,
        "fingerprint": report.fingerprint(finding),
        "severity": SEVERITIES[finding.level if since is None else Level.INFO],
        "location": {
            "path": finding.file if inside else NOWHERE,
            "lines": {"begin": (finding.line or 1) if inside else 1},
        },
    }
