"""Many schemas behind PgBouncer in transaction mode: the search path is that of a transaction, never of a session."""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.fleet.tenants import check, documents, groups, provision, tenants_project
from tests.harness import migration
from tests.harness.pooler import pooled, program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness import Database, Postgres, Project

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif("SCHEMAGUARD_TEST_POOLER" not in os.environ, reason="make test-pooler runs these"),
    pytest.mark.skipif(program() is None, reason="NOT TESTED: PgBouncer is not installed"),
]


@pytest.fixture
def project(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    with postgres.fresh() as database:
        made = tenants_project(tmp_path_factory.mktemp("pooled"), database)
        provision(made, "a1", "a2", "b1", "b2")
        database.script(
            "DELETE FROM a2.django_migrations WHERE name >= '0003'; DROP INDEX b1.one_name; DROP INDEX b2.one_name"
        )
        yield made


def search_paths(pool: Database, size: int) -> set[str]:
    found = set()
    for _ in range(size * 2):
        with closing(pool.connect()) as connection:
            found.add(connection.execute("SHOW search_path").fetchone()[0])
    return found


def test_check_and_reconcile_leave_nothing_in_a_session(project: Project) -> None:
    direct = check(project, "--all-schemas", "--format", "json").expect(1)
    with pooled(project.database, 3) as pool:
        through = project.on(pool)
        assert groups(check(through, "--all-schemas", "--format", "json", "--jobs", "2")) == groups(direct)
        argv = ("schemaguard", "reconcile", "--all-schemas", "--noinput", "--format", "json", "--jobs", "2")
        found = through.manage(*argv).expect(0)
        assert groups(found) == [("in_sync", ["a1", "a2", "b1", "b2"])]
        assert search_paths(pool, 3) == {'"$user", public'}
    assert project.database.execute("SELECT count(*) FROM pg_tables WHERE tablename = 'schemaguard_journal'") == [(3,)]


def test_a_step_outside_of_a_transaction_is_refused_there_and_done_without_a_pooler(project: Project) -> None:
    project.write_app(
        "shop",
        {
            "migrations": {
                "0005_index": migration(
                    "AddIndexConcurrently('item', models.Index(fields=['price'], name='by_price')),",
                    after=[("shop", "0004_note")], atomic=False,
                    imports="from django.contrib.postgres.operations import AddIndexConcurrently",
                )
            }
        },
    )  # fmt: skip
    argv = ("schemaguard", "reconcile", "--schema", "a1", "--noinput", "--migrate", "--format", "json")
    with pooled(project.database, 3) as pool:
        refused = project.on(pool).manage(*argv, fork=False)
        assert "a pooler gives none" in documents(refused)["a1"]["error"]
    index = "SELECT schemaname FROM pg_indexes WHERE indexname = 'by_price'"
    assert project.database.execute(index) == []
    project.manage(*argv, fork=False).expect(0)
    assert project.database.execute(index) == [("a1",)]
