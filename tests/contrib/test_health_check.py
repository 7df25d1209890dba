"""The check for django-health-check, in the style of the version that is installed."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.harness import make_project, migration

if TYPE_CHECKING:
    from tests.harness import Database, Project

if importlib.util.find_spec("health_check") is None:
    pytest.skip("django-health-check is not installed", allow_module_level=True)
IS_NEW = importlib.util.find_spec("health_check.base") is not None
INITIAL = migration(
    'migrations.CreateModel("Secret", [("id", models.AutoField(primary_key=True)), ("n", models.IntegerField())]),'
)
NEW = """
    import asyncio, json, sys
    import django; django.setup()
    from django.db import connection
    from django.test import AsyncRequestFactory
    from django.test.utils import CaptureQueriesContext
    from health_check.views import HealthCheckView

    view = HealthCheckView.as_view(checks=["schemaguard.contrib.health_check.Schema"])
    seen = []
    for _ in range(2):
        response = asyncio.run(view(AsyncRequestFactory().get("/", {"format": "json"})))
        seen.append([response.status_code, json.loads(response.content)])
        connection.cursor().execute("DROP TABLE IF EXISTS shop_secret")
    print(json.dumps(seen))
"""
OLD = """
    import json
    import django; django.setup()
    from django.db import connection
    from schemaguard.contrib.health_check_plugin import Schema

    seen = []
    for _ in range(2):
        check = Schema()
        check.run_check()
        status = check.pretty_status() if check.errors else "OK"
        seen.append([200 if check.status else 500, {repr(check): status}])
        connection.cursor().execute("DROP TABLE IF EXISTS shop_secret")
    print(json.dumps(seen))
"""


@pytest.fixture
def project(tmp_path: Path, sqlite_database: Database) -> Project:
    apps = {"shop": {"migrations": {"0001_initial": INITIAL}, "models": ""}}
    project = make_project(tmp_path, apps=apps, database=sqlite_database)
    project.manage("migrate").expect(0)
    project.write("probe_new.py", NEW)
    project.write("probe_old.py", OLD)
    return project


def probe(project: Project) -> list[tuple[int, dict[str, str]]]:
    """(status, what the page says) twice, a table being dropped in between."""
    environment = {
        **os.environ,
        **project.database.environment,
        "DJANGO_SETTINGS_MODULE": "project_settings",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    program = "probe_new.py" if IS_NEW else "probe_old.py"
    done = subprocess.run(
        [sys.executable, program], cwd=project.path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: list[tuple[int, dict[str, str]]] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_a_database_that_agrees_is_well_and_an_answer_is_kept(project: Project) -> None:
    (first, words), (second, _) = probe(project)
    assert (first, second) == (200, 200)  # the second is the first: a table was dropped meanwhile
    assert list(words.values()) == ["OK"]
    assert [status for status, _ in probe(project)] == [500, 500]


def test_the_page_tells_codes_and_no_names(project: Project) -> None:
    project.database.execute("DROP TABLE shop_secret")
    status, words = probe(project)[0]
    assert status == 500
    assert [each.rpartition("reconcilable: ")[2] for each in words.values()] == ["SG201"]
    assert "secret" not in json.dumps(words)


def test_migrations_to_come_are_no_failure(project: Project) -> None:
    more = 'migrations.AddField("secret", "m", models.IntegerField(null=True)),'
    project.write_app("shop", {"migrations": {"0002_m": migration(more, after=[("shop", "0001_initial")])}})
    assert probe(project)[0][0] == 200


def test_a_check_that_cannot_be_made_says_no_more_than_that(project: Project) -> None:
    project.write_app("shop", {"migrations": {"0002_bad": "raise RuntimeError('password=hush')"}})
    status, words = probe(project)[0]
    assert status == 500
    assert [each.rpartition(": ")[2] for each in words.values()] == ["the schema could not be checked"]
