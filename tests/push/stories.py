"""Stories of a push: models, a migrated database, other models, and what they end in."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

from tests.harness import Database, Project, Result, catalog_dump, make_project

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "from decimal import Decimal\nimport uuid\nfrom django.db import models\n\n"
BOOKKEEPING = ("django_migrations", "schemaguard_journal")


def write_models(project: Project, text: str, *, app: str = "shop") -> None:
    project.write(f"{app}/models.py", HEAD + dedent(text))


def project_with(path: Path, database: Database, models: str, *, migrate: bool = True) -> Project:
    """A project of one app, `shop`, whose models are migrated; nothing is migrated where `migrate` is false."""
    project = make_project(path, apps={"shop": {"models": "", "migrations": {}}}, database=database)
    write_models(project, models)
    if migrate:
        project.manage("makemigrations", "--noinput", "-v0").expect(0)
        project.manage("migrate", "--noinput", "-v0").expect(0)
    return project


def push(project: Project, *argv: str, code: int = 0) -> Result:
    return project.manage("schemaguard", "push", "--noinput", *argv).expect(code)


def schema(database: Database) -> str:
    return catalog_dump(database, without=BOOKKEEPING)


def history_later(project: Project, *, answers: str = "", default: bool = True) -> None:
    """makemigrations, reconcile, migrate, check: nothing may be run twice, and all agree in the end."""
    pushed = schema(project.database)
    made = project.manage("makemigrations", *(() if answers else ("--noinput",)), stdin=answers)
    made.expect(0)
    reconciled = project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    assert schema(project.database) == pushed, f"reconcile altered something\n{made}\n{reconciled}"
    document = project.manage("schemaguard", "check", "--format", "json")
    if document.json["verdict"] == "pending":  # nothing of it can be seen in the catalog: it waits for migrate
        assert all(
            each["state"] == "invisible"
            for m in document.json["migrations"]
            for each in m["operations"]
            if m["state"] == "pending"
        ), f"{document}\n{made}\n{reconciled}"
        project.manage("migrate", "--noinput").expect(0)
        document = project.manage("schemaguard", "check", "--format", "json")
    assert document.code == 0, f"{document}\n{made}\n{reconciled}"
    assert document.json["verdict"] == "in_sync", f"{document}\n{made}\n{reconciled}"
    assert {each["state"] for each in document.json["migrations"]} == {"applied"}
    findings = [each for each in document.json["findings"] if each["level"] != "info"]
    assert not findings, findings
    assert "No migrations to apply" in project.manage("migrate", "--noinput").expect(0).out
