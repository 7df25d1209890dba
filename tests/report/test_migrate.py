"""What the guard of `migrate` says, where there is much of it."""

from __future__ import annotations

from schemaguard.diagnosis.ahead.obstacles import Obstacle
from schemaguard.diagnosis.model import Action, PlanStep, State
from schemaguard.exceptions import Refused
from schemaguard.report.migrate import harmless_text, performed_text, refused_text, stopped_text


def obstacle(number: int, *reasons: str, state: State = State.PRESENT) -> Obstacle:
    return Obstacle(key=("shop", f"{number:04}_x"), state=state, reasons=reasons)


def test_more_migrations_and_objects_than_anybody_reads() -> None:
    reasons = [f"table t{number} is there already" for number in range(8)]
    many = [obstacle(1, *reasons), *(obstacle(number) for number in range(2, 15))]
    assert stopped_text(many, "default", "stopped", inconsistent=None, arguments=["shop"]) == "\n".join(
        [
            'migrate would fail half way on database "default"; it was stopped before its first statement, and nothing '
            "was changed.",
            "",
            "  shop.0001_x is in the database already and not recorded",
            *(f"    {reason}" for reason in reasons[:6]),
            "    and 2 more",
            *(f"  shop.{number:04}_x is in the database already and not recorded" for number in range(2, 13)),
            "  and 2 more migrations",
            "",
            "To mend it: manage.py schemaguard reconcile",
            "To mend it and go on: manage.py migrate shop --reconcile",
        ]
    )


def test_more_that_does_no_harm() -> None:
    many = [obstacle(number, "table a is missing", "table b is missing") for number in range(1, 9)]
    *first, last = harmless_text(many, "other")
    assert first == [
        f"schemaguard: shop.{number:04}_x is recorded, and table a is missing (and 1 more); nothing that migrate runs "
        "now touches it: manage.py schemaguard check --database other"
        for number in range(1, 7)
    ]
    assert last == "schemaguard: and 2 more migrations of which something is missing"


def test_what_was_performed() -> None:
    assert list(performed_text([])) == []
    assert list(performed_text([PlanStep(action=Action.FAKE, app="shop", name="0001_x", summary="record it")])) == [
        "Reconciling migrations with the database:",
        "  shop.0001_x: record it",
    ]


def test_what_kept_the_reconcile_before_it_from_beginning() -> None:
    first = "migrate was stopped before its first statement: "
    assert refused_text(Refused("a is b", end="nothing was changed"), "see x") == (
        f"{first}a is b; nothing was changed; see x"
    )
    assert refused_text(Refused("a is b", "c is d", end="nothing was changed"), "see x") == (
        f"{first}2 things stand in the way; nothing was changed\n  a is b\n  c is d\nsee x"
    )
