"""The JSON document of CONTRACT.md."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from schemaguard import __version__
from schemaguard.diagnosis.model import DiagnosedMigration, Diagnosis, Finding, PlanStep

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
        "plan": [plan_item(each) for each in diagnosis.plan],
        "plan_hash": diagnosis.plan_hash or hash_of(diagnosis, ()),
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


def plan_item(step: PlanStep) -> Mapping[str, Any]:
    """One item of `plan` or `performed`."""
    return {
        "action": step.action.value,
        "app": step.app,
        "name": step.name,
        "operations": list(step.operations),
        "sql": list(step.sql),
        "hazards": [
            {
                "kind": each.kind,
                "table": each.table,
                "columns": list(each.columns),
                "rows": each.rows,
                "message": each.message,
            }
            for each in step.hazards
        ],
    }


def hash_of(diagnosis: Diagnosis, items: tuple[PlanStep, ...]) -> str:
    """`sha256:` of a plan and the state that it was made for; hazards, which rows bring, do not count."""
    plain = [{**plan_item(item), "hazards": []} for item in items]
    text = json.dumps([diagnosis.fingerprint, plain], sort_keys=True)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
