"""Every sort of alteration that the matrix knows: the two databases differ then, whichever is named first."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from django.db import DatabaseError, connection, transaction

from schemaguard.diff.comparison import compared
from schemaguard.diff.model import Side
from schemaguard.diff.sides import live_side
from schemaguard.diff.snapshots import text_of
from tests.harness import connected
from tests.matrix.runner import Bench

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django.plugin import DjangoDbBlocker

    from tests.harness import Server
    from tests.matrix.alterations import Alteration

SAME = {
    "one, and not enabled": "row level security is off",
    "forced, and not enabled": "row level security is off",
    "a unique index in its place": "it does the same",
    "the same in another spelling": "the server says so",
    "a serial in place of an identity": "both number the rows",
}
"""The ways to alter a thing that differ in the catalog, and in nothing that anybody would call a difference."""
COUNTS = ("step", "least", "most", "cycles")
"""How a sequence counts."""


def is_the_same(each: Alteration) -> bool:
    if each.vendor == "sqlite" and each.attribute == "constraint":
        return False  # the constraint had no name there, and the index has one
    is_order = each.kind == "table" and each.attribute == "columns"  # that of the columns says nothing
    is_number = each.kind == "sequence" and each.attribute not in COUNTS  # that is a matter of the rows
    return is_number or is_order or each.way in SAME


@pytest.mark.long
def test_every_sort_of_alteration_is_a_difference(
    server: Server, vendor: str, django_db_blocker: DjangoDbBlocker
) -> None:
    with django_db_blocker.unblock():
        bench = Bench(server, vendor)
        sorts = {each.cell: each for each in reversed(bench.alterations) if "archive" not in each.table}
        tried, wrong = 0, []
        with server.fresh(bench.template) as database, connected(database):
            clean = live_side("default")
            before = text_of(clean.snapshot)
            for each in sorts.values():
                with altered(vendor, each) as there:
                    if there is None:
                        continue
                    tried += 1
                    kept = Side(label="clean", snapshot=clean.snapshot)
                    found = compared(kept, there), compared(there, kept)
                if any(one.is_same is not is_the_same(each) for one in found):
                    wrong.append((each.id, [[str(d.problem) for d in one.differences] for one in found]))
            assert text_of(live_side("default").snapshot) == before
    assert wrong == []
    assert tried > 50


@contextmanager
def altered(vendor: str, alteration: Alteration) -> Iterator[Side | None]:
    """The database as it is with the alteration, which is rolled back; None where the server refuses it."""
    if vendor == "sqlite":
        connection.disable_constraint_checking()
    with transaction.atomic():
        there: Side | None = None
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                for statement in alteration.sql:
                    cursor.execute(statement)
            there = live_side("default")
        except DatabaseError:
            pass
        yield there
        transaction.set_rollback(True)
    if vendor == "sqlite":
        connection.enable_constraint_checking()
