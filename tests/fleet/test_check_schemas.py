"""`check` on many schemas of one database says of each what it would say of that alone."""

from __future__ import annotations

import json
import re
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from tests.fleet.tenants import check, documents, groups, in_schema, provision, tenants_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.harness import Database, Postgres, Project

ALL = ("behind", "drifted", "Größe 1", "like", "lost", "numbered", "viewed")
TROUBLES = """
ALTER TABLE drifted.shop_shop ALTER COLUMN name TYPE varchar(70), ADD COLUMN own text;
DELETE FROM lost.django_migrations WHERE name >= '0002';
INSERT INTO numbered.shop_shop OVERRIDING SYSTEM VALUE VALUES (7, 'seven');
CREATE OR REPLACE VIEW viewed.shop_cheap AS SELECT id, name FROM viewed.shop_item WHERE price < 6;
CREATE SCHEMA empty;
"""


@pytest.fixture(scope="module")
def project(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    with postgres.fresh() as database:
        made = tenants_project(tmp_path_factory.mktemp("tenants"), database)
        provision(made, *ALL[1:])
        provision(made, "behind", until="0003")
        database.script(TROUBLES)
        yield made


def comparable(document: dict[str, Any]) -> dict[str, Any]:
    """Without what names the one schema."""
    return {
        **document,
        "database": {key: text for key, text in document["database"].items() if key != "schema"},
        "findings": [{**each, "hint": plain(each["hint"])} for each in document["findings"]],
    }


def plain(hint: str | None) -> str:
    return re.sub(r" --schema \w+", "", hint or "")


def test_each_is_told_as_if_it_were_alone(project: Project) -> None:
    found = documents(check(project, "--schema", "*", "--format", "json").expect(1))
    assert set(found) == {*ALL, "empty", "public"}
    assert (found["empty"]["verdict"], found["public"]["verdict"]) == ("pending", "pending")
    for schema in ALL:
        alone = project.manage("schemaguard", "check", "--format", "json", env=in_schema(schema)).json
        alone["findings"] = [{**each, "hint": each["hint"] or ""} for each in alone["findings"]]
        there = comparable(found[schema])
        # Alone it sees the views, types and functions of all schemas.
        for value in (there, alone):
            del value["fingerprint"], value["plan_hash"]
        assert there == alone, schema


def test_those_that_are_alike_are_one_group(project: Project) -> None:
    result = check(project, "--all-schemas", "--format", "json").expect(1)
    found = groups(result)
    assert ("in_sync", ["Größe 1", "like"]) in found
    assert ("pending", ["behind"]) in found
    assert sum(len(targets) for _, targets in found) == len(ALL)
    assert [verdict for verdict, _ in found] == sorted(
        (v for v, _ in found), key=["conflict", "reconcilable", "pending", "in_sync"].index
    )
    alike = documents(result)
    assert alike["like"]["fingerprint"] == alike["Größe 1"]["fingerprint"]


def test_a_view_of_another_query_is_seen_among_many_that_are_alike(project: Project) -> None:
    (finding,) = documents(check(project, "--all-schemas", "--format", "json"))["viewed"]["findings"]
    assert finding["name"] == "shop_cheap"


def test_several_processes_say_the_same(project: Project) -> None:
    one = check(project, "--schema", "*", "--format", "json", "--jobs", "1").expect(1)
    two = project.manage("schemaguard", "check", "--schema", "*", "--format", "json", "--jobs", "2").expect(1)
    assert one.json == two.json


def test_the_text_names_groups(project: Project) -> None:
    found = check(project, "--all-schemas").expect(1).out
    assert found.splitlines()[0] == "7 schemas: 3 in sync, 1 pending, 1 reconcilable, 2 conflict in 2 ways"
    assert "behind: pending, 1 of 4 migrations not run yet" in found
    assert "next  manage.py schemaguard reconcile --all-schemas" in found


def test_a_pattern_that_fits_nothing_is_refused(project: Project) -> None:
    result = check(project, "--schema", "nobody*").expect(2)
    assert result.err.strip() == "schemaguard: no schema is called nobody* in database 'default'"
    assert result.out == ""


def test_one_that_cannot_be_read_stops_none_of_the_others(project: Project) -> None:
    database = project.database
    database.script(
        "DROP ROLE IF EXISTS fleet_reader; CREATE ROLE fleet_reader LOGIN;"
        "GRANT USAGE ON SCHEMA behind, lost, numbered TO fleet_reader;"
        "GRANT SELECT ON ALL TABLES IN SCHEMA behind, numbered TO fleet_reader;"
        "GRANT SELECT ON ALL SEQUENCES IN SCHEMA behind, numbered TO fleet_reader"
    )
    try:
        reader = {"SCHEMAGUARD_DB_USER": "fleet_reader"}
        argv = ("schemaguard", "check", "--schema", "behind", "--schema", "l*", "--format", "json")
        result = project.manage(*argv, env=reader).expect(2)
        found = documents(result)
        assert found["behind"]["verdict"] == "pending"
        assert found["like"]["error"] == (
            'database "default": this role may not use schema like; a check needs USAGE there'
        )
        assert "permission denied for table django_migrations" in found["lost"]["error"]
        assert ("failed", ["like"]) in groups(result)
    finally:
        database.script("DROP OWNED BY fleet_reader; DROP ROLE fleet_reader")


def test_a_table_that_somebody_keeps_locked_is_a_finding_of_its_schema_alone(project: Project) -> None:
    with closing(project.database.connect()) as other:
        other.autocommit = False
        other.execute("LOCK TABLE behind.shop_item IN ACCESS EXCLUSIVE MODE")
        found = documents(check(project, "--schema", "behind", "--schema", "like", "--format", "json"))
        other.rollback()
    assert found["like"]["verdict"] == "in_sync"
    assert "locked by" in json.dumps(found["behind"]["findings"])


def test_it_reads_a_batch_in_at_most_ten_queries(project: Project, tmp_path: Path) -> None:
    log = tmp_path / "statements"
    settings = (project.path / "project_settings.py").read_text()
    project.write("counting_settings.py", settings + COUNTING)
    env = {"DJANGO_SETTINGS_MODULE": "counting_settings", "STATEMENTS": str(log)}
    project.manage("schemaguard", "check", "--schema", "like", "--schema", "Gr*", "--jobs", "1", env=env).expect(0)
    # The first of all is examined by itself, since it walks the history; the other is the batch.
    batches = log.read_text().split("SELECT n.nspname::text, NULL")
    assert len(batches) == 3
    assert batches[-1].count("\n") <= 10


COUNTING = """
import os
from django.db.backends.signals import connection_created

def count(execute, sql, params, many, context):
    with open(os.environ["STATEMENTS"], "a") as file:
        file.write(" ".join(str(sql).split()) + "\\n")
    return execute(sql, params, many, context)

def watch(connection, **kwargs):
    connection.execute_wrappers.append(count)

connection_created.connect(watch)
"""


def test_a_schema_may_be_read_through_a_view_of_the_usual_search_path(project: Project, database_of: Database) -> None:
    """The schema `public` is a target as any other."""
    provision(project.on(database_of), "one")
    project.on(database_of).manage("migrate").expect(0)
    found = check(project.on(database_of), "--all-schemas", "--format", "json").expect(0)
    assert groups(found) == [("in_sync", ["one", "public"])]


@pytest.fixture
def database_of(postgres: Postgres) -> Iterator[Database]:
    with postgres.fresh() as database:
        yield database
