"""A Code Quality report of GitLab: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from schemaguard.report.base import Report, Told, is_inside
from schemaguard.report.escape import visible
from schemaguard.report.many.base import few
from schemaguard.schema.codes import Level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemaguard.report.many.base import Many

SEVERITIES = {Level.ERROR: "critical", Level.WARNING: "minor", Level.INFO: "info"}
NOWHERE = "manage.py"
"""GitLab shows nothing of a finding without a path."""


def as_gitlab(report: Report | Many) -> str:
    issues = [*(_failed(reason, names) for reason, names in report.not_checked), *map(_issue, report.told)]
    return json.dumps(issues, indent=2) + "\n"


def _issue(told: Told) -> dict[str, Any]:
    finding = told.finding
    inside = is_inside(finding.file)
    hint = f" ({visible(finding.hint)})" if finding.hint else ""
    return {
        "description": f"{finding.code}: {told.message}{hint}",
        "check_name": finding.code,
        "fingerprint": told.fingerprint,
        "severity": SEVERITIES[finding.level if told.since is None else Level.INFO],
        "location": {
            "path": finding.file if inside else NOWHERE,
            "lines": {"begin": (finding.line or 1) if inside else 1},
        },
    }


def _failed(reason: str, names: Sequence[str]) -> dict[str, Any]:
    """Of many databases, those that could not be checked."""
    return {
        "description": f"not checked: {visible(few(names))}: {visible(reason)}",
        "check_name": "not-checked",
        "fingerprint": hashlib.sha256("\n".join(["not checked", *names]).encode()).hexdigest(),
        "severity": SEVERITIES[Level.ERROR],
        "location": {"path": NOWHERE, "lines": {"begin": 1}},
    }
