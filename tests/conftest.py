"""Fixtures that give a test real databases; their makings, and more functions, are in `tests.harness`.

vendor              sqlite and postgresql: a test that takes it, or `server` or `database`, runs once for each; to
                    narrow it, parametrize `vendor` with indirect=True
mysql               the Server of SCHEMAGUARD_TEST_MYSQL_URL: a test that takes it has the marker `mysql`; it is
                    skipped where no server is named
server              the Server of that vendor, for the session
database            a fresh, empty Database of that vendor, dropped afterwards
sqlite, postgres    the Server of one vendor
sqlite_database, postgres_database
run_command         run_command(database, "schemaguard", "check") -> Result, in this process
shop                a project (`tests.shop`) on a fresh copy of its migrated database, with rows
clean               the dump of that database, which it must come back to
connect             connect(database) as connection: Django's `default`, in this process
"""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

from tests.harness import Database, Postgres, Project, Result, Server, Sqlite, connected, make_project, run_in_process
from tests.harness.commands import close_fork_server
from tests.harness.scratch import keep_in_memory
from tests.harness.servers import MYSQL_URL, Mysql, mysql_server, postgres_server
from tests.shop import INSTALLED, SHOP, dump, fill

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytest_django.plugin import DjangoDbBlocker

keep_in_memory()
VENDORS = ("sqlite", "postgresql")
"""Those on which everything works."""
# No test is about time: a machine that does something else at the moment makes none of them fail.
hypothesis.settings.register_profile("without a deadline", deadline=None)
hypothesis.settings.load_profile("without a deadline")
NO_MYSQL = f"{MYSQL_URL} names no server"


@pytest.hookimpl(tryfirst=True)  # before `-m` looks at the markers
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function) and "mysql" in item.fixturenames:
            item.add_marker("mysql")
        if item.get_closest_marker("mysql") and not os.environ.get(MYSQL_URL):
            item.add_marker(pytest.mark.skip(reason=NO_MYSQL))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if NO_MYSQL in str(report.longrepr)]
    if skipped:
        terminalreporter.write_line(
            f"{len(skipped)} tests on MySQL and MariaDB did NOT run: {NO_MYSQL}. make test-mysql runs them", red=True
        )


@pytest.fixture(scope="session", autouse=True)
def _fork_server_ends() -> Iterator[None]:
    # Within the session, not after it: so that coverage finds all of its data when it combines them.
    yield
    close_fork_server()


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Sqlite:
    return Sqlite(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def mysql() -> Iterator[Mysql]:
    with mysql_server() as server:
        yield server


@pytest.fixture(params=VENDORS)
def vendor(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def server(request: pytest.FixtureRequest, vendor: str) -> Server:
    # Asked for by name, so that a server starts only when a test needs it.
    found: Server = request.getfixturevalue({"postgresql": "postgres"}.get(vendor, vendor))
    return found


@pytest.fixture
def database(server: Server) -> Iterator[Database]:
    with server.fresh() as database:
        yield database


@pytest.fixture
def sqlite_database(sqlite: Sqlite) -> Iterator[Database]:
    with sqlite.fresh() as database:
        yield database


@pytest.fixture
def postgres_database(postgres: Postgres) -> Iterator[Database]:
    with postgres.fresh() as database:
        yield database


@pytest.fixture
def connect(django_db_blocker: DjangoDbBlocker) -> Callable[[Database], AbstractContextManager[Any]]:
    @contextmanager
    def unblocked(database: Database) -> Iterator[Any]:
        with django_db_blocker.unblock(), connected(database) as connection:
            yield connection

    return unblocked


@pytest.fixture
def run_command(django_db_blocker: DjangoDbBlocker) -> Callable[..., Result]:
    def run(database: Database, *argv: str, stdin: str = "") -> Result:
        with django_db_blocker.unblock():
            return run_in_process(database, *argv, stdin=stdin)

    return run


# --------------------------------------------------------------------------------------------------------------- shop
@pytest.fixture(scope="session")
def shop_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {vendor: tmp_path_factory.mktemp(f"shop-{vendor}") for vendor in ("sqlite", "postgresql", "mysql")}


@pytest.fixture
def shop_template(server: Server, vendor: str, shop_files: dict[str, Path]) -> tuple[Project, Database]:
    def build(database: Database) -> None:
        project = make_project(shop_files[vendor], apps=SHOP, settings=INSTALLED, database=database)
        project.manage("migrate").expect(0)
        fill(database)

    template = server.template("execution shop", build)
    return Project(path=shop_files[vendor], database=template), template


@pytest.fixture
def shop(server: Server, shop_template: tuple[Project, Database]) -> Iterator[Project]:
    project, template = shop_template
    with server.fresh(template) as database:
        yield project.on(database)


@pytest.fixture
def clean(shop_template: tuple[Project, Database]) -> Any:
    return dump(shop_template[1])
