"""The one thing to do next, from the verdict and the worst finding."""

from __future__ import annotations

import shlex

from schemaguard.diagnosis.model import Diagnosis, Finding, Level, Problem, Verdict
from schemaguard.diagnosis.wording import RECONCILE
from schemaguard.schema.objects import Kind


def next_step(diagnosis: Diagnosis) -> str | None:
    """A command to type where one command is the answer, else the worst finding's hint; None where all is well."""
    step = _step(diagnosis)
    alias = diagnosis.database.alias
    if step is None or alias == "default" or not step.startswith("manage.py ") or "makemigrations" in step:
        return step
    return f"{step} --database {shlex.quote(alias)}"


def _step(diagnosis: Diagnosis) -> str | None:
    if diagnosis.verdict is Verdict.CONFLICT:
        return next((_of_conflict(each) for each in diagnosis.findings if each.breaks), f"{RECONCILE} --dry-run")
    if diagnosis.verdict is Verdict.RECONCILABLE:
        return RECONCILE
    if diagnosis.verdict is Verdict.PENDING:
        return "manage.py migrate"
    return next((_of_warning(each) for each in diagnosis.findings if each.level is not Level.INFO), None)


def _of_conflict(finding: Finding) -> str:
    hint = finding.hint or ""
    return hint if hint.startswith(RECONCILE) else f"{RECONCILE} --dry-run"


def _of_warning(finding: Finding) -> str | None:
    """Names are quoted for the shell: they come from outside, and this line is there to be copied."""
    if finding.problem is Problem.UNMIGRATED and finding.app is not None:
        return f"manage.py makemigrations {shlex.quote(finding.app)}"
    if finding.kind is Kind.TABLE and finding.problem is Problem.EXTRA and finding.code == "SG202" and finding.table:
        return f"manage.py schemaguard adopt {shlex.quote(finding.table)} --app APP_LABEL"
    if finding.problem is Problem.ORPHANED:
        return f"{RECONCILE} --prune"
    return finding.hint
