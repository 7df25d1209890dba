"""What the tests stand on: real databases, real `manage.py` commands, and dumps that prove the outcome.

    databases    Database: where one database is; it opens raw connections and gives settings and environment
    servers      Server: makes fresh, empty databases, and copies of templates; one class a vendor
    embedded     a PostgreSQL server out of a wheel, for one session
    connections  points Django's `default` connection of this process at a Database
    commands     runs management commands: in this process, or as `manage.py` in another
    forkserver   makes those processes quick to start
    projects     writes a throw-away Django project and runs its commands
    dumps        schema, rows and migration records of a database, as values that compare

A test that only needs commands takes the fixtures of `tests/conftest.py`; the functions are imported from here.

pytest runs under ONE settings module (`testproject.settings.sqlite`), and so does everything in this process, on
whichever database: `run_command` switches the database, not INSTALLED_APPS. What needs the apps of another settings
module (`pgzoo`, on PostgreSQL alone), or a history of its own, runs in another process: `run_manage`, or a project of
`make_project`.
"""

from tests.harness.commands import Result, run_in_process, run_manage, start_manage
from tests.harness.connections import connected
from tests.harness.databases import Database
from tests.harness.dumps import catalog_dump, contents, records, rows
from tests.harness.projects import CONDITION, AppSource, Project, make_project, migration
from tests.harness.servers import Mysql, Postgres, Server, Sqlite

__all__ = [
    "CONDITION",
    "AppSource",
    "Database",
    "Mysql",
    "Postgres",
    "Project",
    "Result",
    "Server",
    "Sqlite",
    "catalog_dump",
    "connected",
    "contents",
    "make_project",
    "migration",
    "records",
    "rows",
    "run_in_process",
    "run_manage",
    "start_manage",
]
