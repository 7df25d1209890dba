"""`--engine celery`: a real application, real workers, and the two brokers that people have."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.fleet.tenants import check, documents, groups, provision_alike, tenants_project
from tests.harness.commands import environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness import Postgres, Project

pytestmark = pytest.mark.long

NUMBER = 24
BROKERS = {
    "rabbitmq": (5672, "amqp://guest:guest@127.0.0.1:5672//", "rpc://"),
    "redis": (6379, "redis://127.0.0.1:6379/7", "redis://127.0.0.1:6379/7"),
}
APPLICATION = """
import json
import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project_settings")
from celery import Celery
app = Celery("tenants")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
"""
SETTINGS = """
CELERY_BROKER_URL = os.environ.get("TEST_BROKER", "")
CELERY_RESULT_BACKEND = os.environ.get("TEST_RESULTS", "")
CELERY_TASK_DEFAULT_QUEUE = os.environ.get("TEST_QUEUE", "")
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
SCHEMAS = os.environ.get("TEST_SLOW")
if SCHEMAS:
    import time
    from django.db.backends.signals import connection_created
    connection_created.connect(lambda **kwargs: time.sleep(float(SCHEMAS)), weak=False)
"""


@pytest.fixture(scope="module")
def project(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Tenants that are alike, but for one that has lost a record and one that cannot be used."""
    with postgres.fresh() as database:
        made = tenants_project(tmp_path_factory.mktemp("celery"), database)
        made.write("tenants_celery.py", APPLICATION)
        made.write("shop/__init__.py", "from tenants_celery import app as celery_app\n")
        settings = made.path / "project_settings.py"
        settings.write_text(settings.read_text() + SETTINGS)
        provision_alike(made, "t01", [f"t{number:02d}" for number in range(2, NUMBER + 1)])
        database.script("DELETE FROM t05.django_migrations WHERE name >= '0004'; DROP INDEX t07.one_name")
        yield made


@pytest.fixture(params=BROKERS)
def broker(request: pytest.FixtureRequest) -> dict[str, str]:
    """The environment of one broker, with a queue of its own."""
    port, url, results = BROKERS[request.param]
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)):
            pytest.skip(f"NOT TESTED: no {request.param} answers on 127.0.0.1:{port}")
    return {
        "TEST_BROKER": url, "TEST_RESULTS": results, "TEST_QUEUE": f"schemaguard-{uuid4().hex}",
        "SCHEMAGUARD_BATCH": "2",
    }  # fmt: skip


@contextmanager
def workers(
    project: Project, broker: dict[str, str], number: int = 1, slow: str = ""
) -> Iterator[list[subprocess.Popen[bytes]]]:
    """So many workers, each with one process."""
    argv = ["-m", "celery", "-A", "tenants_celery", "worker", "--concurrency", "1", "--loglevel", "warning"]
    env = environment(project.database, "project_settings", {**broker, "TEST_SLOW": slow})
    started = [
        subprocess.Popen(
            [sys.executable, *argv, "-n", f"w{n}@{uuid4().hex}"], cwd=project.path, env=env,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )
        for n in range(number)
    ]  # fmt: skip
    try:
        yield started
    finally:
        for each in started:
            kill(each)


def kill(worker: subprocess.Popen[bytes]) -> None:
    """With all of its children."""
    with suppress(ProcessLookupError):
        os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def test_the_document_is_that_of_this_machine(project: Project, broker: dict[str, str]) -> None:
    local = check(project, "--all-schemas", "--format", "json").expect(1)
    with workers(project, broker):
        found = project.manage(
            "schemaguard", "check", "--all-schemas", "--format", "json", "--engine", "celery", env=broker
        ).expect(1)
    assert found.json == local.json
    assert len(documents(found)) == NUMBER


@pytest.mark.parametrize("attempt", range(5))
def test_a_worker_that_is_killed_costs_nothing_but_time(project: Project, broker: dict[str, str], attempt: int) -> None:
    local = check(project, "--all-schemas", "--format", "json").expect(1)
    argv = ("schemaguard", "check", "--all-schemas", "--format", "json", "--engine", "celery")
    with workers(project, broker, 2, slow="0.4") as (first, _):
        process = project.start(*argv, env=broker)
        time.sleep(4 + 0.7 * attempt)
        kill(first)
        out, err = process.communicate(timeout=120)
    assert process.returncode == 1, err
    assert out == local.out


def test_reconcile_by_workers(project: Project, postgres: Postgres, broker: dict[str, str]) -> None:
    with postgres.fresh(project.database) as database, workers(project.on(database), broker):
        argv = ("schemaguard", "reconcile", "--all-schemas", "--noinput", "--format", "json", "--engine", "celery")
        found = project.on(database).manage(*argv, env=broker).expect(0)
        assert [verdict for verdict, _ in groups(found)] == ["in_sync"]
        assert database.execute("SELECT status FROM t05.schemaguard_journal") == [("done",)]


def test_the_scheduled_check_knows_what_is_new(project: Project, postgres: Postgres, broker: dict[str, str]) -> None:
    ask = (
        "from schemaguard.fleet.tasks import check; import json;"
        "print(json.dumps(check.delay(schemas=['t0*']).get(timeout=60)))"
    )
    with postgres.fresh(project.database) as database, workers(project.on(database), broker):
        tenants = project.on(database)
        database.script("CREATE SCHEMA IF NOT EXISTS public")
        tenants.manage("schemaguard", "reconcile", "--schema", "t05", "--noinput").expect(0)

        def asked() -> Any:
            return json.loads(tenants.manage("shell", "-c", ask, env=broker).expect(0).out.splitlines()[-1])

        first, second = asked(), asked()
        assert [each["target"] for each in first["findings"]] == ["t07"]
        assert len(first["new"]) == 1
        assert (second["new"], second["gone"]) == ([], [])
        assert second["findings"] == first["findings"]
        tenants.manage("schemaguard", "reconcile", "--schema", "t07", "--noinput").expect(0)
        assert asked()["gone"] == first["new"]
