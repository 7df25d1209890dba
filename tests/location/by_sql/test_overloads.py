"""Functions of one name and other arguments: one of them is dropped, the others stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.location.cases import LOST_RECORDS, OWNER, history

if TYPE_CHECKING:
    from tests.location.cases import MakeCase

pytestmark = pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)


def made(arguments: str) -> str:
    return f"migrations.RunSQL('CREATE FUNCTION shop_sum({arguments}) RETURNS integer LANGUAGE sql AS $$SELECT 1$$'),"


def dropped(arguments: str) -> str:
    return f"migrations.RunSQL('DROP FUNCTION IF EXISTS shop_sum{arguments}'),"


ONE, BOTH, BIG = made("a integer"), made("a integer, b varchar(9) DEFAULT NULL"), made("a bigint")


def test_what_is_left_of_one_name_is_no_half_run_migration(case: MakeCase) -> None:
    """The last migration replaces what the first have made, and what the fourth says is gone comes back by it."""
    third = dropped("(integer)") + "migrations.AddField('owner', 'age', models.IntegerField(null=True)),"
    fourth = dropped("(integer, character varying)") + BIG
    left = case(history(OWNER + ONE, BOTH, third, fourth), LOST_RECORDS)
    assert left.states() == {"0001": "present", "0002": "present", "0003": "present", "0004": "present"}
    left.reconcile()
    assert left.verdict() == "in_sync"


def test_the_one_that_stays_is_missed(case: MakeCase) -> None:
    left = case(history(OWNER + ONE, BOTH, dropped("(integer)")), "DROP FUNCTION shop_sum(integer, varchar)")
    (found,) = left.loud()
    assert (found["problem"], found["kind"], found["name"]) == ("missing", "function", "shop_sum")
    left.reconcile()
    assert left.verdict() == "in_sync"


@pytest.mark.parametrize("last", ["(integer)", ""])
def test_none_is_missed_where_all_are_dropped(case: MakeCase, last: str) -> None:
    left = case(history(OWNER + ONE, BOTH, dropped("(integer, varchar)"), dropped(last)))
    assert left.loud() == []
    left.run(LOST_RECORDS)
    left.reconcile()
    assert left.verdict() == "in_sync"
