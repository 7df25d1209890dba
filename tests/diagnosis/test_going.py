"""A database in which nothing can be in the way of `migrate`."""

from __future__ import annotations

from typing import Any

import pytest

from schemaguard.reconcile.plan.migrate_plan import is_empty
from tests.database.sqlite_connections import run, sqlite_connection

RECORDS = "CREATE TABLE django_migrations (id integer PRIMARY KEY, app text, name text, applied datetime)"
JOURNAL = "CREATE TABLE schemaguard_journal (id integer PRIMARY KEY)"
RECORD = "INSERT INTO django_migrations (app, name, applied) VALUES ('shop', '0001_initial', '2020-01-01')"


@pytest.mark.parametrize(
    ("made", "empty"),
    [
        ([], True),
        ([RECORDS, JOURNAL], True),
        ([RECORDS, RECORD], False),
        (["CREATE TABLE shop_user (id integer PRIMARY KEY)"], False),
    ],
)
def test_whether_a_database_is_empty(django_db_blocker: Any, made: list[str], empty: bool) -> None:
    with django_db_blocker.unblock(), sqlite_connection() as connection:
        run(connection, *made)
        assert is_empty(connection) is empty
