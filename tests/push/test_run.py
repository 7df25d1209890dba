"""A push of the test project's models, in this process, and what comes between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from schemaguard.exceptions import CannotStart, Refused
from schemaguard.push.run import Outcome, Request, push
from tests.harness import Database, Postgres, catalog_dump

Connect = Callable[..., Any]
DROPPED = "ALTER TABLE orders_shipment DROP COLUMN tracking"


@pytest.fixture
def pushed(postgres: Postgres, connect: Connect) -> Iterator[Database]:
    """A database with the tables of all models, and no record of a migration."""

    def build(database: Database) -> None:
        with connect(database):
            push(Request())

    with postgres.fresh(postgres.template("every model, pushed", build)) as database:
        yield database


def test_a_push_of_everything_leaves_nothing_to_do(pushed: Database, connect: Connect) -> None:
    with connect(pushed):
        assert push(Request()) == Outcome()


def test_an_app_that_is_not_there(sqlite_database: Database, connect: Connect) -> None:
    with connect(sqlite_database), pytest.raises(CannotStart) as refused:
        push(Request(app_labels=("shipping", "nowhere")))
    assert str(refused.value) == 'unknown app label "nowhere"'


def test_a_table_that_somebody_reads(pushed: Database, connect: Connect) -> None:
    pushed.execute(DROPPED)
    before = catalog_dump(pushed)
    with closing(pushed.connect()) as other, connect(pushed):
        other.execute("BEGIN")
        other.execute("SELECT * FROM orders_shipment")
        with pytest.raises(Refused) as refused:
            push(Request(lock_timeout=0.1))
    assert str(refused.value) == "a lock was not to be had within 0.1 s, 3 times; nothing was changed"
    assert catalog_dump(pushed) == before


def test_a_database_that_changes_while_a_person_thinks(pushed: Database, connect: Connect) -> None:
    pushed.execute(DROPPED)

    def confirm(shown: Outcome) -> bool:
        assert shown.lines == ("add column orders_shipment.tracking",)
        pushed.execute("ALTER TABLE orders_shipment DROP COLUMN carrier_code")
        return True

    with connect(pushed), pytest.raises(Refused) as refused:
        push(Request(confirm=confirm))
    assert str(refused.value) == "the database has changed since the question was asked; nothing was changed"
    assert "tracking" not in catalog_dump(pushed)


UNDOES = """
CREATE FUNCTION undo() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN DROP INDEX IF EXISTS "{index}"; END $$;
CREATE EVENT TRIGGER undo ON ddl_command_end WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION undo();
"""


def test_a_server_that_takes_back_what_was_made(pushed: Database, connect: Connect) -> None:
    ((index,),) = pushed.execute(
        "SELECT indexname FROM pg_indexes WHERE tablename = 'orders_shipment' AND indexdef LIKE '%(order_id)'"
    )
    pushed.execute(f'DROP INDEX "{index}"')
    pushed.script(UNDOES.format(index=index))
    before = catalog_dump(pushed)
    with connect(pushed), pytest.raises(Refused) as refused:
        push(Request())
    assert str(refused.value) == (
        f"the database would still not match the models: make index {index} on orders_shipment; "
        "everything was rolled back"
    )
    assert catalog_dump(pushed) == before
