"""A result that is not what the plan promised is refused, with every reason."""

from __future__ import annotations

from typing import Any

import pytest

from schemaguard.diagnosis.model import Action, DiagnosedMigration, Finding, Problem, State
from schemaguard.exceptions import Refused
from schemaguard.execution.verify import verify
from schemaguard.plan.tasks import CreateExtension, Step
from schemaguard.schema.objects import Kind
from tests.report.diagnoses import diagnosis, finding, migration

KEY = ("shop", "0002_email")
PRUNE = Step(action=Action.PRUNE, key=KEY, removes=(KEY,))
FAKE = Step(action=Action.FAKE, key=KEY, records=(KEY,))
MEND = Step(action=Action.COMPLETE, key=KEY, position=1, tasks=[CreateExtension((1, 0))], records=(KEY,))
GONE = finding(Kind.COLUMN, Problem.MISSING, "column shop_user.email is missing", table="shop_user", name="email")


def email(state: State) -> DiagnosedMigration:
    return migration("shop.0002_email", state)


def problems(step: Step, after: State | None, *findings: Finding, known: Any = (), left: Any = ()) -> str | None:
    """What the refusal tells, without its beginning and end; None where there is none."""
    migrations = () if after is None else (email(after),)
    before, found = diagnosis(findings=tuple(known)), diagnosis(migrations=migrations, findings=findings)
    try:
        verify(before, found, [step], left)
    except Refused as refusal:
        told = str(refusal)
    else:
        return None
    start, end = "the result is not what the plan promised: ", "; everything was rolled back"
    assert (told[: len(start)], told[-len(end) :]) == (start, end)
    return told[len(start) : -len(end)]


@pytest.mark.parametrize(
    ("step", "after", "told"),
    [
        (PRUNE, None, None),
        (PRUNE, State.APPLIED, None),  # its file is back
        (PRUNE, State.ORPHANED, "the record shop.0002_email is still there"),
        (FAKE, State.APPLIED, None),
        (FAKE, State.PENDING, "shop.0002_email is not recorded"),
        (MEND, State.APPLIED, None),
        (MEND, State.MISSING, "shop.0002_email is missing still"),
        (MEND, None, None),  # a squash has taken its place
    ],
)
def test_what_became_of_a_step(step: Step, after: State | None, told: str | None) -> None:
    assert problems(step, after) == told


def test_what_is_accepted_in_another_shape_may_stay_so() -> None:
    step = Step(action=Action.REDO, key=KEY, position=1, tasks=[CreateExtension((1, 0))])
    assert problems(step, State.CONFLICTING) == "shop.0002_email is conflicting still"
    assert problems(step, State.CONFLICTING, left=[KEY]) is None
    assert problems(step, State.CONFLICTING, left=[("shop", "0001_initial")]) == "shop.0002_email is conflicting still"


def test_an_error_that_was_not_there_before() -> None:
    assert problems(FAKE, State.APPLIED, GONE) == "column shop_user.email is missing"
    assert problems(FAKE, State.APPLIED, GONE, known=[GONE]) is None


def test_five_reasons_are_enough() -> None:
    many = [finding(Kind.TABLE, Problem.MISSING, f"table t{n} is missing", table=f"t{n}") for n in range(6)]
    told = problems(FAKE, State.PENDING, *many)
    assert told == "; ".join(["shop.0002_email is not recorded", *(f"table t{n} is missing" for n in range(4))])
