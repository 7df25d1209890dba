"""A journal that is long is read by the page, and one that somebody wrote into is told in one line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.shop import everything, forget, history, reconcile

if TYPE_CHECKING:
    from tests.harness import Database, Project

COLUMNS = (
    "id, started, finished, command, status, user, host, version, plan_hash, fingerprint_before, fingerprint_after,"
    " steps, inverse"
).replace("user", '"user"')
COPIES = f"""
    INSERT INTO schemaguard_journal ({COLUMNS})
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 30000)
    SELECT n, started, finished, command, 'undone', "user", host, version, plan_hash, fingerprint_before,
           fingerprint_after, 'not read', 'not read'
      FROM schemaguard_journal, numbers WHERE id = 30001
"""


@pytest.fixture
def mended(shop: Project) -> Project:
    """One entry of a reconcile."""
    forget(shop.database, "0008_no_stock")
    reconcile(shop)
    return shop


def damage(database: Database, column: str, text: str | None) -> None:
    value = "NULL" if text is None else f"'{text}'"
    if text is None and database.vendor == "postgresql":
        database.script(f"ALTER TABLE schemaguard_journal ALTER COLUMN {column} DROP NOT NULL")
    database.script(f"UPDATE schemaguard_journal SET {column} = {value}")


def test_30000_entries(mended: Project) -> None:
    """What is not on the page is not even looked at: it could not be read."""
    database = mended.database
    database.script("UPDATE schemaguard_journal SET id = 30001")
    database.script(COPIES)
    if database.vendor == "postgresql":
        database.script("SELECT setval(pg_get_serial_sequence('schemaguard_journal', 'id'), 30001)")
    document = mended.manage("schemaguard", "history", "--format", "json").expect(0).json
    assert [each["id"] for each in document["entries"]] == list(range(30001, 29981, -1))
    assert document["more"] is True
    text = mended.manage("schemaguard", "history", "--limit", "1").expect(0).out
    assert text.splitlines()[0].startswith("30001  ")
    assert text.endswith("\nolder ones: manage.py schemaguard history --before 30001\n")
    last = mended.manage("schemaguard", "history", "--before", "3", "--format", "json").expect(0).json
    assert [each["id"] for each in last["entries"]] == [2, 1]
    assert last["more"] is False
    assert mended.manage("schemaguard", "undo").expect(0).out.startswith("took back entry 30001; journal entry 30002")
    reconcile(mended)


STEPS = [{"action": "fake", "app": "shop", "name": "0008_no_stock"}]
DAMAGED = {
    "no JSON": ("steps", "nonsense"),
    "no list": ("steps", "{}"),
    "no steps": ("steps", "[{}]"),
    "no SQL": ("steps", json.dumps([{**STEPS[0], "sql": 7}])),
    "no time": ("steps", json.dumps([{**STEPS[0], "seconds": "long"}])),
    "no records": ("steps", json.dumps([{**STEPS[0], "records": ["shop"]}])),
    "no inverse": ("inverse", "nonsense"),
    "an inverse that is a list": ("inverse", "[]"),
}


@pytest.mark.parametrize(("column", "text"), DAMAGED.values(), ids=DAMAGED)
@pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)
def test_an_entry_that_somebody_wrote_into(mended: Project, column: str, text: str) -> None:
    damage(mended.database, column, text)
    line = f"entry 1 of the journal is damaged: its {column} cannot be read"
    shown = mended.manage("schemaguard", "history").expect(0)
    assert (line in shown.out) == (column == "steps")
    entry = history(mended)[0]
    assert entry.get("damaged") == (line if column == "steps" else None)
    before = everything(mended.database)
    for command in (("show", "1"), ("show", "1", "--format", "json")):
        assert mended.manage("schemaguard", *command).expect(2).err == f"schemaguard: {line}\n"
    for undo in (("undo",), ("undo", "1")):
        refusal = mended.manage("schemaguard", *undo).expect(1).err
        assert refusal.startswith("schemaguard: entry 1 is not as it was written: its ")
        assert len(refusal.splitlines()) == 1
    assert everything(mended.database) == before
    forget(mended.database, "0008_no_stock")
    reconcile(mended)
    assert [each["id"] for each in history(mended)] == [2, 1]


@pytest.mark.parametrize("column", ["inverse", "started"])
def test_a_journal_of_another_shape(mended: Project, column: str) -> None:
    mended.database.script(f"ALTER TABLE schemaguard_journal DROP COLUMN {column}")
    forget(mended.database, "0008_no_stock")
    before = everything(mended.database)
    for command in (("show", "1"), ("undo",), ("undo", "1")):
        result = mended.manage("schemaguard", *command).expect(2)
        assert result.err.startswith("schemaguard: the journal is damaged: ")
        assert len(result.err.splitlines()) == 1
    assert reconcile(mended, code=1).err == (
        f"schemaguard: the journal is damaged: table schemaguard_journal has no {column}; nothing was changed\n"
    )
    assert everything(mended.database) == before


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_a_journal_with_null(mended: Project) -> None:
    for column in ("started", "fingerprint_before", "steps"):
        damage(mended.database, column, None)
    assert mended.manage("schemaguard", "history").expect(0).out.startswith("1  ?  reconcile, done; ")
    assert history(mended)[0]["started"] is None
    assert "is damaged" in mended.manage("schemaguard", "show", "1").expect(2).err
    assert len(mended.manage("schemaguard", "undo").expect(1).err.splitlines()) == 1


@pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)
@pytest.mark.parametrize("text", ["yesterday", "2026-13-01 00:00:00"])
def test_a_date_that_is_none(mended: Project, text: str) -> None:
    damage(mended.database, "started", text)
    for command in (("history",), ("show", "1"), ("undo",)):
        result = mended.manage("schemaguard", *command)
        assert "Traceback" not in result.err
        assert len(result.err.splitlines()) <= 1
