"""As many queries for many tables as for few, also where the server has to judge expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import CONDITION, make_project, migration
from tests.test_queries import queries

if TYPE_CHECKING:
    from pathlib import Path

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
        CONDITION=models.Q(price__gt=1) | ~models.Q(kind__in=["a", "b"]), name="check_{n}")),
""".replace("CONDITION", CONDITION)


KINDS = {"plain": PLAIN, "judged": PLAIN + JUDGED}
MOST = 10


@pytest.mark.parametrize("kind", KINDS)
def test_as_many_for_many_tables_as_for_few(tmp_path: Path, mysql: Any, kind: str) -> None:
    """Also after a `migrate` that has made its table of notes, and where records are lost."""
    counts = []
    for number in (2, 12):
        history = migration("".join(KINDS[kind].format(n=n) for n in range(number)))
        with mysql.fresh() as database:
            apps = {"shop": {"migrations": {"0001_initial": history}}}
            project = make_project(tmp_path / str(number), apps=apps, database=database)
            project.manage("migrate").expect(0)
            in_sync = queries(project)
            database.execute("DELETE FROM django_migrations")
            counts.append((in_sync, queries(project)))
    assert counts[0] == counts[1]
    assert max(counts[0]) <= MOST


LATER = """
    migrations.AddField("m{n}", "size", models.CharField(max_length=20, unique=True, default="")),
    migrations.AddField("m{n}", "other", models.ForeignKey(
        "shop.M0", models.CASCADE, to_field="kind", null=True, related_name="+")),
"""


def test_as_many_for_many_operations_to_come_as_for_few(tmp_path: Path, mysql: Any) -> None:
    counts = []
    for number in (2, 12):
        initial, later = ("".join(text.format(n=n) for n in range(number)) for text in (PLAIN, LATER))
        history = {"0001_initial": migration(initial), "0002_later": migration(later, after=[("shop", "0001_initial")])}
        with mysql.fresh() as database:
            project = make_project(tmp_path / str(number), apps={"shop": {"migrations": history}}, database=database)
            project.manage("migrate", "shop", "0001").expect(0)
            counts.append(queries(project))
    assert counts[0] == counts[1] <= MOST
