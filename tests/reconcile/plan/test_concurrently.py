"""An index that a migration makes CONCURRENTLY is made again so, outside of a transaction: others go on writing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import Database, make_project, migration
from tests.shop import dump, mended

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
THING = migration(
    'migrations.CreateModel("Thing", [("id", models.BigAutoField(primary_key=True)), ("n", models.IntegerField())]),'
)
BY_OPERATION = migration(
    'AddIndexConcurrently("thing", models.Index(fields=["n"], name="thing_n")),',
    after=[("app", "0001_thing")],
    imports="from django.contrib.postgres.operations import AddIndexConcurrently",
    atomic=False,
)
BY_SQL = migration(
    'migrations.RunSQL("CREATE INDEX CONCURRENTLY thing_n ON app_thing (n)"),',
    after=[("app", "0001_thing")],
    atomic=False,
)


@pytest.mark.parametrize("second", [BY_OPERATION, BY_SQL], ids=["operation", "SQL"])
@pytest.mark.parametrize(
    ("trouble", "statements"),
    [
        ("DROP INDEX thing_n", ["CREATE"]),
        ("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'thing_n'::regclass", ["DROP", "CREATE"]),
    ],
    ids=["lost", "invalid"],
)
def test_it_is_made_as_it_was(
    tmp_path: Path, database: Database, second: str, trouble: str, statements: list[str]
) -> None:
    app: Any = {"migrations": {"0001_thing": THING, "0002_index": second}}
    project = make_project(tmp_path, apps={"app": app}, database=database)
    project.manage("migrate").expect(0)
    clean = dump(database)
    database.execute(trouble)

    (step,) = mended(project, clean)["performed"]

    assert [statement.partition(" INDEX CONCURRENTLY ")[0] for statement in step["sql"]] == statements
