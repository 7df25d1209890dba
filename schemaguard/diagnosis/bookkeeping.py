"""The tables that `migrate` writes itself: its records, our journal, content types and permissions.

Where such a table gives no number, or one that it has given before, `migrate` fails after its work is done.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.apps import apps

from schemaguard.diagnosis.codes import BREAKS_RECORDS, WITHOUT_TRANSACTIONS
from schemaguard.diagnosis.model import Finding
from schemaguard.diagnosis.wording import RECONCILE
from schemaguard.history.noted import TABLE as NOTES
from schemaguard.schema.codes import Problem
from schemaguard.schema.kinds import Kind
from schemaguard.schema.names import bare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemaguard.database.base import Backend
    from schemaguard.schema.objects import Schema

RECORDS = "django_migrations"
JOURNAL = "schemaguard_journal"
OWN = {RECORDS: "migrations", JOURNAL: "schemaguard"}
"""Table → app label, of those that no migration makes."""
AFTER_MIGRATE = {"django_content_type": "contenttypes", "auth_permission": "auth"}
"""Table → app label, of those that handlers of post_migrate write."""


def app_of(table: str) -> str:
    return (OWN | AFTER_MIGRATE)[bare(table)]


def is_written_by_migrate(table: str | None) -> bool:
    name = bare(table or "")
    return name in OWN or (name in AFTER_MIGRATE and apps.is_installed(f"django.contrib.{AFTER_MIGRATE[name]}"))


def as_breaking(finding: Finding) -> Finding:
    """A sequence of such a table that is behind is an error."""
    return replace(finding, code=BREAKS_RECORDS.code, level=BREAKS_RECORDS.level)


def unnumbered(schema: Schema, backend: Backend) -> Iterator[Finding]:
    """A finding for each of the tables that no migration makes whose key has lost its numbering."""
    for name in OWN:
        table = schema.find(name)
        column = table.columns.get("id") if table is not None else None
        if table is None or column is None or not backend.keys_lose_numbers:
            continue
        if not column.auto and column.default is None:
            yield Finding(
                code=BREAKS_RECORDS.code, level=BREAKS_RECORDS.level, kind=Kind.SEQUENCE, problem=Problem.MISSING,
                table=table.name, columns=("id",), expected="a number for each new row",
                message=f"{table.name}.id has lost its automatic numbering: the next INSERT fails",
                hint=RECONCILE,
            )  # fmt: skip


def without_transactions(schema: Schema, backend: Backend) -> Iterator[Finding]:
    """A finding for each of the tables that no migration makes whose rows are no part of a transaction."""
    for name in (*OWN, NOTES):
        table = schema.find(name)
        if table is not None and not backend.rolls_back(table):
            yield Finding(
                code=WITHOUT_TRANSACTIONS.code, level=WITHOUT_TRANSACTIONS.level, kind=Kind.TABLE,
                problem=Problem.DIFFERENT, table=table.name, name=table.name, expected="an engine with transactions",
                actual=f"ENGINE {table.engine}",
                message=f"{table.name} is ENGINE {table.engine}, which has no transactions: what is written there "
                "stays when the rest is taken back, and a crash may tear it",
                hint=f"ALTER TABLE {backend.connection.ops.quote_name(table.name)} ENGINE = InnoDB",
            )  # fmt: skip
