"""`check` on several databases of the settings."""

from __future__ import annotations

import json
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from schemaguard.database.sqlite.lock_file import SUFFIX
from tests.fleet.tenants import check, groups
from tests.harness import Database, make_project, migration
from tests.reconcile.transaction.test_waiting import at_work

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness import Project

NUMBER = 6
SCHEMA = json.loads(Path(__file__).parents[2].joinpath("docs/report.schema.json").read_text())
SHARDS = f"""
DATABASES.update({{
    f"shard{{number}}": {{"ENGINE": "django.db.backends.sqlite3", "NAME": f"shard{{number}}.sqlite3"}}
    for number in range({NUMBER})
}})
DATABASES["gone"] = {{"ENGINE": "django.db.backends.sqlite3", "NAME": "gone.sqlite3"}}
"""
APP: dict[str, Any] = {
    "models": "from django.db import models\nclass Item(models.Model):\n    name = models.CharField(max_length=9)\n",
    "migrations": {
        "0001_initial": migration('migrations.CreateModel("Item", [("id", models.AutoField(primary_key=True))]),'),
        "0002_name": migration(
            'migrations.AddField("item", "name", models.CharField(max_length=9, default="")),',
            after=[("app", "0001_initial")],
        ),
    },
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A default database and six more, of which one is behind and one has lost a record; and one without a file."""
    project = make_project(tmp_path_factory.mktemp("shards"), apps={"app": APP})
    settings = project.path / "project_settings.py"
    settings.write_text(settings.read_text() + SHARDS)
    project.manage("migrate").expect(0)
    for number in range(NUMBER):
        until = ("app", "0001") if number == 2 else ()
        project.manage("migrate", *until, "--database", f"shard{number}").expect(0)
    project.manage("migrate", "app", "0001", "--fake", "--database", "shard4").expect(0)
    return project


def of_many(document: Any) -> None:
    """Fails where the document is not as its schema says."""
    many = {"$ref": "#/$defs/many", "$defs": {**SCHEMA["$defs"], "one": {**SCHEMA}}}
    # As the schema is written, a document is `#`: here it is one of the definitions.
    text = json.dumps(many).replace('"anyOf": [{"$ref": "#"}', '"anyOf": [{"$ref": "#/$defs/one"}')
    jsonschema.Draft202012Validator(json.loads(text)).validate(document)


def test_the_document_is_that_of_the_schema_and_has_every_target_once(project: Project) -> None:
    result = check(project, "--all-databases", "--format", "json", "--jobs", "2").expect(2)
    of_many(result.json)
    assert [each["database"]["alias"] for each in result.json["targets"]] == [
        "default", *(f"shard{number}" for number in range(NUMBER)), "gone",
    ]  # fmt: skip
    alike = ["default", "shard0", "shard1", "shard3", "shard5"]
    assert groups(result) == [
        ("failed", ["gone"]), ("reconcilable", ["shard4"]), ("pending", ["shard2"]), ("in_sync", alike),
    ]  # fmt: skip


def test_each_is_told_as_if_it_were_alone(project: Project) -> None:
    found = check(project, "--database", "shard2", "--database", "shard4", "--format", "json").expect(1).json
    for document in found["targets"]:
        alias = document["database"]["alias"]
        alone = check(project, "--database", alias, "--format", "json").json
        assert document["database"].pop("schema") is None
        assert document == alone


def test_the_worst_decides(project: Project) -> None:
    check(project, "--database", "default", "--database", "shard2").expect(0)
    check(project, "--database", "default", "--database", "shard4").expect(1)
    check(project, "--database", "default", "--database", "gone").expect(2)


def test_the_text_and_the_markdown_name_what_cannot_be_checked(project: Project) -> None:
    found = check(project, "--all-databases", "--report", "markdown=report.md").expect(2).out
    assert found.splitlines()[0] == (
        "8 databases: 5 in sync, 1 pending, 1 reconcilable, 1 not checked"
    )  # fmt: skip
    assert 'cannot connect to database "gone": there is no file' in found
    markdown = (project.path / "report.md").read_text()
    assert "| 4 | 5 | in sync | `default`, `shard0`, `shard1`, `shard3`, `shard5` |" in markdown


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (
            ["--database", "nobody", "--database", "default"],
            'unknown database "nobody": settings.DATABASES has default',
        ),
        (["--all-databases", "--jobs", "0"], "--jobs 0: a number from 1 to 256"),
        (["--all-databases", "--engine", "oxen"], "--engine 'oxen': there are local, celery"),
        (["--all-databases", "--format", "oxen"], "--format 'oxen': there are text, json, markdown, github"),
        (["--all-databases", "--baseline", "nobody.json"], "cannot read the baseline nobody.json: "),
        (["--schema", "a"], "no schema is called a in database 'default'"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(project: Project, argv: list[str], message: str) -> None:
    result = check(project, *argv).expect(2)
    assert result.out == ""
    assert result.err.startswith(f"schemaguard: {message}")
    assert len(result.err.splitlines()) == 1


def test_every_format_tells_the_same_at_once(project: Project) -> None:
    """A finding of one is told once, and so is the database that cannot be checked."""
    formats = {"github": "txt", "gitlab": "json", "sarif": "json", "junit": "xml", "openmetrics": "txt", "html": "html"}
    reports = [each for name in formats for each in ("--report", f"{name}={name}")]
    check(project, "--all-databases", *reports).expect(2)
    found = {name: (project.path / name).read_text() for name in formats}
    failed, lost, ahead = found["github"].splitlines()
    assert failed.startswith('::error title=1 not checked::cannot connect to database "gone"')
    assert "(in 1 of 8 databases: shard4)" in lost
    assert "(in 7 of 8 databases: default, shard0, shard1, shard2, shard3, shard4, shard5)" in ahead
    assert [each["check_name"] for each in json.loads(found["gitlab"])] == ["not-checked", "SG101", "SG106"]
    (run,) = json.loads(found["sarif"])["runs"]
    assert [each["ruleId"] for each in run["results"]] == ["SG101", "SG106"]
    assert 'schemaguard_targets{verdict="failed"} 1' in found["openmetrics"]
    assert '<testsuite name="schemaguard 8 databases" failures="1" skipped="0" errors="1" tests="4">' in found["junit"]
    assert "<h1>5 of 8 in sync</h1>" in found["html"]


def test_a_baseline_leaves_what_is_known_out_of_the_exit_code(project: Project) -> None:
    both = ("--database", "default", "--database", "shard4")
    check(project, *both, "--write-baseline", "known.json").expect(1)
    lost, ahead = json.loads((project.path / "known.json").read_text())["findings"]
    assert (lost["targets"], ahead["targets"]) == (["shard4"], ["default", "shard4"])
    result = check(project, *both, "--baseline", "known.json", "--format", "json").expect(0)
    of_many(result.json)
    assert result.json["baseline"] == {"known": 3, "gone": 0}
    assert {each["known_since"] for each in result.json["targets"][1]["findings"]} == {lost["since"]}
    # It is known in that database alone; and where that is looked at by itself, too.
    check(project, "--database", "shard4", "--baseline", "known.json").expect(0)
    lost["targets"] = ["default"]
    (project.path / "known.json").write_text(json.dumps({"format": 1, "findings": [lost]}))
    result = check(project, *both, "--baseline", "known.json", "--format", "json").expect(1)
    assert result.json["baseline"] == {"known": 0, "gone": 1}


def test_one_that_is_being_migrated_is_no_drift(project: Project) -> None:
    """Another process has the lock that `migrate` and `reconcile` take."""
    of_shard4 = Database(vendor="sqlite", name=str(project.path / "shard4.sqlite3"))
    both = ("--database", "default", "--database", "shard4")
    with at_work(of_shard4):
        document = check(project, *both, "--format", "json").expect(2).json
    assert document["targets"][1]["error"] == (
        "a migrate or a reconcile is running here (another process): nothing can be said of it until that is done"
    )
    assert document["targets"][0]["verdict"] == "in_sync"
    # A file of one that was killed locks nothing.
    lock = project.path / f"shard4.sqlite3{SUFFIX}"
    lock.touch()
    assert check(project, *both, "--format", "json").expect(1).json["targets"][1]["verdict"] == "reconcilable"
    lock.unlink()


@pytest.mark.parametrize("family", ["postgres", pytest.param("mysql", marks=pytest.mark.mysql)])
def test_one_of_a_server_that_is_being_migrated_is_no_drift(
    tmp_path: Path, request: pytest.FixtureRequest, family: str
) -> None:
    with request.getfixturevalue(family).fresh() as database:
        made = make_project(tmp_path, apps={"app": APP}, database=database)
        settings = made.path / "project_settings.py"
        lite = '{"ENGINE": "django.db.backends.sqlite3", "NAME": "lite.sqlite3"}'
        settings.write_text(f'{settings.read_text()}\nDATABASES["lite"] = {lite}\n')
        made.manage("migrate").expect(0)
        argv = ("--database", "default", "--database", "lite", "--format", "json")
        with with_lock(database):
            error = check(made, *argv).expect(2).json["targets"][0]["error"]
        assert error.startswith("a migrate or a reconcile is running here (")
        assert check(made, *argv).json["targets"][0]["verdict"] == "in_sync"


@contextmanager
def with_lock(database: Database) -> Iterator[None]:
    if database.vendor != "mysql":
        with at_work(database):
            yield
        return
    with closing(database.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT GET_LOCK(%s, 0)", [f"schemaguard:{database.name}"])
        yield
