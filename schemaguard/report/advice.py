"""The one thing to do next, from the verdict and the worst finding."""

from __future__ import annotations

from schemaguard.diagnosis.model import Diagnosis, Finding, Verdict
from schemaguard.diagnosis.wording import RECONCILE, command_line
from schemaguard.schema.codes import Level, Problem
from schemaguard.schema.kinds import Kind


def next_step(diagnosis: Diagnosis) -> str | None:
    """A command to type where one command is the answer, else the worst finding's hint. None where all is well."""
    alias = diagnosis.database.alias
    if diagnosis.verdict is Verdict.CONFLICT:
        look = command_line(alias, "schemaguard reconcile", "--dry-run")
        return next((_of_conflict(each, look) for each in diagnosis.findings if each.breaks), look)
    if diagnosis.verdict is Verdict.RECONCILABLE:
        return command_line(alias, "schemaguard reconcile")
    if diagnosis.verdict is Verdict.PENDING:
        return command_line(alias, "migrate")
    return next((_of_warning(each, alias) for each in diagnosis.findings if each.level is not Level.INFO), None)


def _of_conflict(finding: Finding, look: str) -> str:
    """Whether data would be lost only the rows tell, and a dry run counts them."""
    hint = finding.hint or ""
    return hint if hint.startswith(RECONCILE) and "--accept-data-loss" not in hint else look


def _of_warning(finding: Finding, alias: str) -> str | None:
    """The command alone, of a hint that says more."""
    if finding.problem is Problem.UNMIGRATED and finding.app is not None:
        return f"manage.py makemigrations {finding.app}"
    if finding.kind is Kind.TABLE and finding.problem is Problem.EXTRA and finding.code == "SG202" and finding.table:
        return command_line(alias, "schemaguard adopt", finding.table, "--app", "APP_LABEL")
    if finding.problem is Problem.ORPHANED:
        return command_line(alias, "schemaguard reconcile", "--prune")
    return finding.hint
