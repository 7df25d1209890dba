"""A partition, or a child, that somebody detached: one finding, which says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.location.cases import LOST_RECORDS, history

if TYPE_CHECKING:
    from tests.location.cases import MakeCase

pytestmark = pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
LOG = "CREATE TABLE shop_log (id bigint NOT NULL, at date NOT NULL, note text NOT NULL"
PARTITION = (
    f"{LOG}, PRIMARY KEY (id, at)) PARTITION BY RANGE (at); CREATE INDEX shop_log_note ON shop_log (note);"
    "CREATE TABLE shop_log_old PARTITION OF shop_log FOR VALUES FROM (''2025-01-01'') TO (''2026-01-01'');"
)
CHILD = f"{LOG}); CREATE TABLE shop_log_old (CHECK (id > 0)) INHERITS (shop_log);"
DETACHED = "ALTER TABLE shop_log DETACH PARTITION shop_log_old"
BACK = "ALTER TABLE shop_log ATTACH PARTITION shop_log_old FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')"


@pytest.mark.parametrize("records", ["", LOST_RECORDS])
@pytest.mark.parametrize(
    ("sql", "detached", "back"),
    [
        (PARTITION, DETACHED, BACK),
        (CHILD, "ALTER TABLE shop_log_old NO INHERIT shop_log", "ALTER TABLE shop_log_old INHERIT shop_log"),
    ],
    ids=["partition", "child"],
)
def test_it_is_one_finding(case: MakeCase, sql: str, detached: str, back: str, records: str) -> None:
    left = case(history(f"migrations.RunSQL('{sql}'),".replace("''", "\\'")))
    assert left.report()["findings"] == []
    left.run("INSERT INTO shop_log_old VALUES (1, '2025-02-02', 'x')", detached, records or "SELECT 1")
    (found,) = [each for each in left.loud() if each["code"] != "SG101"]
    assert (found["kind"], found["name"], found["actual"]) == ("table", "shop_log_old", "a table of its own")
    assert found["hint"].startswith(("ALTER TABLE … ATTACH PARTITION shop_log_old", "ALTER TABLE shop_log_old INHERIT"))
    assert left.verdict() == "conflict"
    left.manage("schemaguard", "reconcile", "--noinput").expect(1)
    assert left.database.execute("SELECT id FROM shop_log_old") == [(1,)]
    left.run(back)
    if records:
        left.reconcile()
    assert left.verdict() == "in_sync"


def test_what_else_is_found_of_it_stays(case: MakeCase) -> None:
    """That it has its old name is one finding, that it is detached another."""
    made = f"migrations.RunSQL('{PARTITION}'),".replace("''", "\\'")
    left = case(history(made, "migrations.RunSQL('ALTER TABLE shop_log_old RENAME TO shop_log_past'),"))
    left.run("ALTER TABLE shop_log_past RENAME TO shop_log_old", DETACHED)
    assert [each["actual"] for each in left.loud()] == ["still called shop_log_old", "a table of its own"]
