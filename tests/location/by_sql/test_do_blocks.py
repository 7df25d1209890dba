"""What DO blocks make where it is not there yet: a common way to write CREATE … IF NOT EXISTS in PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.location.cases import ID, LOST_RECORDS, history

if TYPE_CHECKING:
    from tests.location.cases import MakeCase

pytestmark = pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)

MESSAGE = f'migrations.CreateModel("Message", [{ID}]),'
NOTIFY = """
migrations.RunSQL('''
    CREATE OR REPLACE FUNCTION shop_notify() RETURNS trigger AS $$
    BEGIN
        PERFORM pg_notify('{}', NEW.id::text);
        RETURN NEW;
    END;
    $$ LANGUAGE plpgsql;
    DO $$ BEGIN
        CREATE TRIGGER shop_notify_trigger AFTER INSERT ON shop_message FOR EACH ROW EXECUTE PROCEDURE shop_notify();
    EXCEPTION
        WHEN others THEN null;
    END $$;
'''),
"""
KIND = """
migrations.RunSQL('''
    DO $$ BEGIN
        IF NOT EXISTS (SELECT 1 FROM pg_class WHERE relname = 'shop_index') THEN
            CREATE INDEX shop_index ON shop_message (id);
        END IF;
    END $$;
'''),
"""
TRIGGERS = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"


def test_what_several_migrations_make_if_it_is_not_there_comes_again_with_its_table(case: MakeCase) -> None:
    message = case(history(MESSAGE, NOTIFY.format("a"), NOTIFY.format("b"), KIND, KIND))
    clean = message.dump()
    assert message.loud() == []

    message.run("DROP TABLE shop_message")
    assert ("SG201", "shop_message") in [(each["code"], each["table"]) for each in message.loud()]

    message.reconcile()
    assert message.database.execute(TRIGGERS) == [("shop_notify_trigger",)]
    assert message.dump() == clean
    assert message.loud() == []


def test_a_trigger_alone_is_made_again(case: MakeCase) -> None:
    message = case(history(MESSAGE, NOTIFY.format("a"), NOTIFY.format("b")))
    clean = message.dump()

    message.run("DROP TRIGGER shop_notify_trigger ON shop_message")
    assert [each["kind"] for each in message.loud()] == ["trigger"]

    message.reconcile()
    assert message.dump() == clean


def test_lost_records_of_what_a_block_makes(case: MakeCase) -> None:
    message = case(history(MESSAGE, NOTIFY.format("a"), KIND), LOST_RECORDS)

    assert message.states() == {"0001": "present", "0002": "present", "0003": "present"}
    message.reconcile()
    assert message.loud() == []


def test_a_trigger_that_a_block_finds_stays_as_it_is(case: MakeCase) -> None:
    """The second block makes nothing: the trigger is what the first made of it, on a clean database too."""
    other = NOTIFY.format("a").replace("AFTER INSERT", "AFTER UPDATE")
    message = case(history(MESSAGE, NOTIFY.format("a"), other))

    assert message.loud() == []


VIEW = """
migrations.RunSQL('''
    DO $$ BEGIN
        IF NOT EXISTS (SELECT 1 FROM pg_views WHERE viewname = 'shop_numbers') THEN
            CREATE VIEW shop_numbers AS SELECT id FROM shop_message;
        END IF;
    END $$;
'''),
"""


@pytest.mark.parametrize(
    ("by_hand", "kind"),
    [
        ("CREATE OR REPLACE VIEW shop_numbers AS SELECT id FROM shop_message WHERE id > 1", "view"),
        (
            "DROP TRIGGER shop_notify_trigger ON shop_message; CREATE TRIGGER shop_notify_trigger AFTER UPDATE ON "
            "shop_message FOR EACH ROW EXECUTE PROCEDURE shop_notify()",
            "trigger",
        ),
    ],
)
def test_what_a_block_makes_and_a_hand_made_anew_is_replaced(case: MakeCase, by_hand: str, kind: str) -> None:
    message = case(history(MESSAGE, NOTIFY.format("a"), VIEW))
    clean = message.dump()

    message.run(by_hand)
    assert [(each["kind"], each["problem"]) for each in message.loud()] == [(kind, "different")]

    message.reconcile("--on-conflict", "alter")
    assert message.dump() == clean
    assert message.loud() == []
