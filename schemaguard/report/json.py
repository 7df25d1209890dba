"""The JSON document of CONTRACT.md."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from schemaguard import __version__
from schemaguard.diagnosis.model import DiagnosedMigration, Diagnosis, Finding

FORMAT = 1


def as_json(diagnosis: Diagnosis, **more: Any) -> str:
    """The document as text, two spaces deep, ASCII alone: an odd name in it can harm no terminal."""
    return json.dumps({**document(diagnosis), **more}, indent=2)


def document(diagnosis: Diagnosis) -> dict[str, Any]:
    """The document as plain values."""
    database = diagnosis.database
    return {
        "format": FORMAT,
        "schemaguard": __version__,
        "database": {
            "alias": database.alias,
            "vendor": database.vendor,
            "version": database.version,
            "name": database.name,
        },
        "verdict": diagnosis.verdict.value,
        "fingerprint": diagnosis.fingerprint,
        "migrations": [_migration(each) for each in diagnosis.migrations],
        "findings": [_finding(each) for each in diagnosis.findings],
        "plan": [each.as_value() for each in diagnosis.plan],
        "plan_hash": diagnosis.plan_hash or diagnosis.hash_of(()),
    }


def _migration(migration: DiagnosedMigration) -> Mapping[str, Any]:
    return {
        "app": migration.app,
        "name": migration.name,
        "recorded": migration.recorded,
        "state": migration.state.value,
        "file": migration.file,
        "operations": [
            {"index": each.index, "description": each.description, "state": each.state.value}
            for each in migration.operations
        ],
    }


def _finding(finding: Finding) -> Mapping[str, Any]:
    return {
        "code": finding.code,
        "level": finding.level.value,
        "kind": finding.kind.value,
        "problem": finding.problem.value,
        "table": finding.table,
        "name": finding.name,
        "columns": list(finding.columns) if finding.columns is not None else None,
        "app": finding.app,
        "migration": finding.migration,
        "file": finding.file,
        "line": finding.line,
        "expected": finding.expected,
        "actual": finding.actual,
        "message": finding.message,
        "hint": finding.hint,
    }
