"""The verdict never contradicts what was found, nor what the plan comes to."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from schemaguard.diagnosis.assessment import assess
from schemaguard.diagnosis.model import Diagnosis, State, Verdict
from schemaguard.reconcile.plan.build import build
from schemaguard.schema.codes import Level
from tests.location.places import Plan, diagnosis_of, location, migrate
from tests.random_histories import Left, places

if TYPE_CHECKING:
    from tests.harness import Sqlite
    from tests.history.test_timeline import Connect

EXAMPLES = int(os.environ.get("SCHEMAGUARD_HISTORIES", "12")) * 5
BY_HAND = {
    "a table is dropped": 'DROP TABLE "{table}"',
    "a table is made": "CREATE TABLE stranger (id integer NOT NULL PRIMARY KEY)",
    "a column is dropped": 'ALTER TABLE "{table}" DROP COLUMN "{column}"',
    "a column is renamed": 'ALTER TABLE "{table}" RENAME COLUMN "{column}" TO renamed',
    "a column is in another shape": 'ALTER TABLE "{table}" DROP COLUMN one; ALTER TABLE "{table}" ADD one blob',
    "a column is added": 'ALTER TABLE "{table}" ADD strange integer',
    "a column is added that breaks every INSERT": 'ALTER TABLE "{table}" ADD strange integer NOT NULL',
    "an index is dropped": 'DROP INDEX "{index}"',
    "a table is renamed": 'ALTER TABLE "{table}" RENAME TO elsewhere',
    "nothing": "SELECT 1",
}


def read(left: Left) -> Plan:
    """The migrations of these files."""
    made: Plan = []
    for name, text in left.files.items():
        names: dict[str, Any] = {"__name__": name}
        exec(text, names)  # noqa: S102 (written by these tests)
        made.append(names["Migration"](name, "shop"))
    return made


def alter(connection: Any, statements: str) -> None:
    """What cannot be done to this database is left undone."""
    with connection.cursor() as cursor:
        named = "SELECT name FROM sqlite_master WHERE type = '{}' AND sql IS NOT NULL AND name LIKE 'shop%' ORDER BY 1"
        tables = cursor.execute(named.format("table")).fetchall()
        indexes = cursor.execute(named.format("index")).fetchall()
        if not tables or ("{index}" in statements and not indexes):
            return
        (table,), index = tables[0], (indexes or [("",)])[0][0]
        column = cursor.execute(f'PRAGMA table_info("{table}")').fetchall()[-1][1]
        try:
            with transaction.atomic():
                for statement in statements.split(";"):
                    cursor.execute(statement.format(table=table, column=column, index=index))
        except DatabaseError:
            pass


def contradictions(found: Any, diagnosis: Diagnosis) -> list[str]:
    errors = [finding for finding in diagnosis.findings if finding.level is Level.ERROR]
    _, plan = build(assess(found), diagnosis)
    wrong = {State.PRESENT, State.PARTIAL, State.MISSING, State.CONFLICTING}
    told = []
    if (diagnosis.verdict in (Verdict.RECONCILABLE, Verdict.CONFLICT)) != bool(errors):
        told.append(f"{diagnosis.verdict} with {errors}")
    if any(finding.breaks and finding.level is not Level.ERROR for finding in diagnosis.findings):
        told.append("a person has to choose, and it is no error")
    if wrong.intersection(found.states.migrations) and not errors:
        told.append(f"{diagnosis.verdict} with migrations that are {found.states.migrations}")
    if (plan.blocked or plan.choices) and diagnosis.verdict is not Verdict.CONFLICT:
        told.append(f"{diagnosis.verdict} beside a plan that is stopped by {plan.blocked}")
    if diagnosis.verdict is Verdict.RECONCILABLE and not plan.steps:
        told.append("reconcilable by a plan that does nothing")
    if plan.steps and diagnosis.verdict in (Verdict.IN_SYNC, Verdict.PENDING):
        told.append(f"{diagnosis.verdict} with a plan {plan.steps}")
    return told


def test_verdict_findings_and_plan_agree(sqlite: Sqlite, connect: Connect) -> None:
    @seed(0)
    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )  # fmt: skip
    @given(places(), st.sampled_from(sorted(BY_HAND)), st.integers(0, 6))
    def agree(left: Left, by_hand: str, recorded: int) -> None:
        migrations = read(left)
        with sqlite.fresh() as database, connect(database) as connection:
            migrate(connection, migrations[: left.whole])
            alter(connection, BY_HAND[by_hand])
            names = {each.name for m, each in enumerate(migrations) if m < max(recorded, 1) and m not in left.lost}
            found = location(connection, migrations, recorded=names)
            diagnosis = diagnosis_of(found)
            assert contradictions(found, diagnosis) == [], f"{left}\n{by_hand}, {names}\n{diagnosis.findings}"

    agree()
