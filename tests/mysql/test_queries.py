"""As many queries for many tables as for few, also where the server has to judge expressions."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import make_project, migration
from tests.test_queries import queries

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(not os.environ.get("SCHEMAGUARD_TEST_MYSQL_URL"), reason="no MySQL server was named")

PLAIN = """
    migrations.CreateModel("M{n}", [
        ("id", models.BigAutoField(primary_key=True, serialize=False)),
        ("price", models.DecimalField(max_digits=8, decimal_places=2)),
        ("kind", models.CharField(max_length=10, unique=True)),
        ("one", models.ForeignKey("self", models.CASCADE, null=True)),
        ("many", models.ManyToManyField("self")),
    ]),
"""
JUDGED = """
    migrations.AddConstraint("m{n}", models.CheckConstraint(
        condition=models.Q(price__gt=1) | ~models.Q(kind__in=["a", "b"]), name="check_{n}")),
"""


@pytest.mark.parametrize(("operations", "most"), [(PLAIN, 10), (PLAIN + JUDGED, 12)], ids=["plain", "judged"])
def test_as_many_for_many_tables_as_for_few(tmp_path: Path, mysql: Any, operations: str, most: int) -> None:
    counts = []
    for number in (2, 12):
        history = migration("".join(operations.format(n=n) for n in range(number)))
        with mysql.fresh() as database:
            apps = {"shop": {"migrations": {"0001_initial": history}}}
            project = make_project(tmp_path / str(number), apps=apps, database=database)
            project.manage("migrate").expect(0)
            counts.append(queries(project))
    assert counts[0] == counts[1] <= most
