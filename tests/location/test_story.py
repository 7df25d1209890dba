"""Every weight decides something: a story where it counts, which ends otherwise without it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from schemaguard.history.object_timeline import (
    AnyTimeline,
    ColumnTimeline,
    ConstraintTimeline,
    Op,
    OtherTimeline,
    Step,
    TableTimeline,
)
from schemaguard.location import evidence as weights
from schemaguard.location.evidence import WEIGHTS, Evidence, Fit, Weigher
from schemaguard.location.story import Chapter, Story, cheapest, whole
from schemaguard.schema.kinds import Kind

FITS, LOST, LEFT, GONE = Evidence(Fit.FITS), Evidence(Fit.LOST), Evidence(Fit.LEFT), Evidence(Fit.GONE)
ALTERED, UNKNOWN = Evidence(Fit.ALTERED), Evidence(Fit.UNKNOWN)
SORTS = (TableTimeline, ColumnTimeline, ConstraintTimeline, OtherTimeline)


def timeline(sort: type[Any], *ops: Op, gone: int | None = None, from_outside: bool = False) -> AnyTimeline:
    """An object that is made by the first of these operations; at the step `gone` it is not there."""
    made: dict[type[Any], Any] = {
        TableTimeline: TableTimeline,
        ColumnTimeline: lambda: ColumnTimeline(table=TableTimeline()),
        ConstraintTimeline: lambda: ConstraintTimeline(table=TableTimeline(), key=("name", "x")),
        OtherTimeline: lambda: OtherTimeline(kind=Kind.TRIGGER, name="x"),
    }
    found: AnyTimeline = made[sort]()
    steps: list[Any] = [Step(None, True if from_outside else None)]
    steps += [Step(op, None if index == gone else True) for index, op in enumerate(ops, 1)]
    found.steps = steps
    return found


@dataclass
class Trial:
    """Migrations, objects with their evidence by step, and which of the migrations ran whole."""

    chapters: list[Chapter]
    objects: list[tuple[AnyTimeline, list[Evidence]]]
    ran: set[int]
    with_code: set[int] = field(default_factory=set)
    of_models: bool = False
    cut: set[int] = field(default_factory=set)

    def told(self) -> Story:
        recorded = {(m, o): each.recorded for m, each in enumerate(self.chapters) for o in range(each.size)}
        weigher = Weigher(recorded, self.with_code, lambda _: self.of_models, self.cut)
        return cheapest(self.chapters, {each: weigher.costs(each, found) for each, found in self.objects})

    def run(self) -> set[int]:
        story = self.told()
        return {m for m in range(len(self.chapters)) if story.has_run(m)}


RECORDED, LOST_RECORD = Chapter((), 1, True), Chapter((), 1, False)
AFTER_LOST = Chapter((0,), 1, True)
OF_WEIGHTS: dict[tuple[type[Any], Fit, str], Trial] = {}
for sort in SORTS:
    # A parent without a record, of which something should be there: a child's record does not outweigh that.
    OF_WEIGHTS[sort, Fit.LOST, "unrecorded"] = Trial(
        [LOST_RECORD, AFTER_LOST], [(timeline(sort, (0, 0)), [FITS, LOST])], {1}
    )
    OF_WEIGHTS[sort, Fit.LEFT, "unrecorded"] = Trial([LOST_RECORD], [(timeline(sort, (0, 0)), [LEFT, FITS])], {0})
    outside = timeline(sort, (0, 0), from_outside=True)
    OF_WEIGHTS[sort, Fit.ALTERED, "unrecorded"] = Trial([LOST_RECORD], [(outside, [ALTERED, FITS])], {0})
    if sort is not OtherTimeline:
        OF_WEIGHTS[sort, Fit.UNKNOWN, "unrecorded"] = Trial(
            [LOST_RECORD], [(outside, [replace(UNKNOWN, size=3), UNKNOWN])], {0}
        )
        one_missing = (timeline(ColumnTimeline, (0, 0)), [FITS, LOST])
        OF_WEIGHTS[sort, Fit.ALTERED, "recorded"] = Trial([RECORDED], [(outside, [FITS, ALTERED]), one_missing], set())
    # Two things say that a record is false: a thing that was to go is there, and one that was to come is not.
    OF_WEIGHTS[sort, Fit.LEFT, "recorded"] = Trial(
        [RECORDED],
        [
            (timeline(sort, (0, 0), gone=1, from_outside=True), [FITS, LEFT]),
            (timeline(ColumnTimeline, (0, 0)), [FITS, LOST]),
        ],
        set(),
    )
    if sort is ColumnTimeline:
        brought = (timeline(sort, (0, 0)), [Evidence(Fit.BROUGHT), FITS])
        OF_WEIGHTS[sort, Fit.BROUGHT, "unrecorded"] = Trial([LOST_RECORD], [brought], {0})
    # As much is missing either way: what a later migration takes away was taken away by that.
    OF_WEIGHTS[sort, Fit.GONE, "unrecorded"] = Trial(
        [LOST_RECORD, Chapter((0,), 2, False)],
        [
            (timeline(ColumnTimeline, (0, 0)), [LEFT, FITS]),
            (timeline(sort, (1, 0)), [FITS, LOST]),
            (timeline(sort, (0, 0), (1, 1), gone=2), [FITS, GONE, FITS]),
        ],
        {0, 1},
    )
    if sort is ConstraintTimeline:
        taken_away = (timeline(sort, (0, 0), (1, 0), gone=2), [FITS, GONE, FITS])
        OF_WEIGHTS[sort, Fit.GONE, "recorded"] = Trial([RECORDED, Chapter((0,), 1, False)], [taken_away], {0, 1})
    else:
        many = [(timeline(sort, (0, 0)), [FITS, LOST]) for _ in range(12)]
        OF_WEIGHTS[sort, Fit.LOST, "recorded"] = Trial([RECORDED], many, set())
        gone = [(timeline(sort, (0, 0), (1, 0), gone=2), [FITS, GONE, FITS]) for _ in range(12)]
        to_come = [(timeline(ColumnTimeline, (1, 0)), [FITS, LOST]) for _ in range(2)]
        OF_WEIGHTS[sort, Fit.GONE, "recorded"] = Trial([RECORDED, Chapter((0,), 1, False)], [*gone, *to_come], set())


def test_every_weight_has_its_trial() -> None:
    counts = {
        (*key, side) for key, each in WEIGHTS.items() for side in ("unrecorded", "recorded") if getattr(each, side)
    }
    assert counts == OF_WEIGHTS.keys()
    assert all(each.reason for each in WEIGHTS.values())


@pytest.mark.parametrize("key", OF_WEIGHTS, ids=lambda key: f"{key[0].__name__}-{key[1].value}-{key[2]}")
def test_a_weight_decides(key: tuple[type[Any], Fit, str], monkeypatch: pytest.MonkeyPatch) -> None:
    sort, fit, side = key
    trial = OF_WEIGHTS[key]
    assert trial.run() == trial.ran
    weight = WEIGHTS[sort, fit]
    without = replace(weight, unrecorded=0) if side == "unrecorded" else replace(weight, recorded=0)
    monkeypatch.setitem(WEIGHTS, (sort, fit), without)
    assert trial.run() != trial.ran


COLUMN = ColumnTimeline
REMADE = (timeline(COLUMN, (0, 0), (1, 0), (1, 1), gone=2), [LEFT, FITS, LEFT, FITS])
UNSEEN = Chapter((0,), 1, False, visible=False, unseen_code=True)
TRIALS = {
    "LOST_WITH_CODE": Trial(
        [RECORDED], [(timeline(TableTimeline, (0, 0)), [FITS, LOST]) for _ in range(2)], set(), with_code={0}
    ),
    "KEPT_BY_MODELS": Trial(
        [RECORDED, Chapter((0,), 1, True), Chapter((1,), 1, False)],
        [(timeline(COLUMN, (0, 0), (1, 0), (2, 0), gone=2), [LEFT, FITS, LEFT, FITS])],
        {0, 1, 2},
        of_models=True,
    ),
    "LOST_RECORD_OF_CODE": Trial(
        [RECORDED, UNSEEN, Chapter((1,), 2, False)],
        [(timeline(COLUMN, (0, 0), (2, 0), (2, 1), gone=2), [LEFT, FITS, LEFT, FITS])],
        {0},
    ),
    "FALSE_RECORD": Trial(
        [RECORDED, Chapter((0,), 1, True, visible=False), Chapter((1,), 1, True)],
        [
            (timeline(COLUMN, (0, 0), (2, 0), gone=2), [LEFT, FITS, LEFT]),
            (timeline(COLUMN, (2, 0)), [FITS, LOST]),
        ],
        {0, 1},
    ),
    "FALSE_RECORDS": Trial([RECORDED], [(timeline(COLUMN, (0, 0), gone=1, from_outside=True), [FITS, LEFT])], {0}),
    "AS_RECORDED": Trial(
        [RECORDED, AFTER_LOST, Chapter((1,), 1, True)],
        [
            (timeline(COLUMN, (0, 0), from_outside=True), [FITS, ALTERED]),
            (timeline(ConstraintTimeline, (1, 0)), [LEFT, FITS]),
            (timeline(COLUMN, (2, 0), from_outside=True), [FITS, ALTERED]),
        ],
        {0, 1, 2},
    ),
    "DEPENDENCY": Trial([replace(UNSEEN, parents=()), AFTER_LOST], [], {0, 1}),
    "HALF_RUN": Trial(
        [Chapter((), 2, False), Chapter((0,), 1, False)],
        [(timeline(COLUMN, (0, 0)), [LEFT, FITS]), (timeline(COLUMN, (0, 1), (1, 0), gone=2), [FITS, GONE, FITS])],
        {0, 1},
    ),
    # Cut before it made what a later one takes away. Where nothing is noted, that later one ran.
    "NOTED": Trial(
        [replace(LOST_RECORD, noted=(0, 1)), Chapter((0,), 1, False)],
        [
            (timeline(COLUMN, (0, 0)), [LEFT, FITS]),
            (timeline(ConstraintTimeline, (0, 0), (1, 0), gone=2), [FITS, GONE, FITS]),
        ],
        set(),
    ),
    # The same without notes: it may have run.
    "CUT_BEFORE": Trial(
        [replace(LOST_RECORD, stopped=True), Chapter((0,), 1, False)],
        [
            (timeline(COLUMN, (0, 0)), [LEFT, FITS]),
            (timeline(ConstraintTimeline, (0, 0), (1, 0), gone=2), [FITS, GONE, FITS]),
        ],
        {0, 1},
        cut={0},
    ),
    "ANSWERED": Trial([RECORDED, replace(UNSEEN, answer=True)], [], {0, 1}),
    "REMADE": Trial([RECORDED, Chapter((0,), 2, False)], [REMADE], {0, 1}),
    "REMADE_AFTER_LOST_RECORDS": Trial(
        [LOST_RECORD, Chapter((0,), 1, False), Chapter((1,), 1, False)],
        [(timeline(COLUMN, (0, 0), (1, 0), (2, 0), gone=2), [LEFT, FITS, LEFT, FITS])],
        {0, 1, 2},
    ),
}


@pytest.mark.parametrize("name", TRIALS)
def test_a_price_decides(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    trial = TRIALS[name]
    assert trial.run() == trial.ran
    monkeypatch.setattr(weights, name, 0)
    assert trial.run() != trial.ran


def test_what_is_noted_as_run_has_run(monkeypatch: pytest.MonkeyPatch) -> None:
    trial = Trial([RECORDED, replace(UNSEEN, noted=(1, 1))], [], {0})
    assert trial.told().has_begun(1)
    assert trial.run() == trial.ran
    monkeypatch.setattr(weights, "NOTED", 0)
    assert not trial.told().has_begun(1)


def test_every_price_has_its_trial() -> None:
    prices = {name for name, each in vars(weights).items() if name.isupper() and type(each) is int}
    # CLOSE: test_told_apart.py; ANOTHER_NAME: records/test_false_records.py; of the last one this holds:
    assert prices - TRIALS.keys() == {"CLOSE", "ANOTHER_NAME", "LOST_RECORD"}


def test_of_two_stories_that_explain_the_same_the_one_with_fewer_lost_records_is_cheaper() -> None:
    there = (timeline(COLUMN, (0, 0)), [LEFT, FITS])
    assert Trial([LOST_RECORD], [there], {0}).told().cost == weights.LOST_RECORD
    two = [there, (timeline(COLUMN, (1, 0)), [LEFT, FITS])]
    assert Trial([LOST_RECORD] * 2, two, {0, 1}).told().cost == 2 * weights.LOST_RECORD


def test_a_half_of_a_recorded_migration_is_no_false_record() -> None:
    """What comes after it has run as well: its record is no lie because things were dropped that come before it."""
    objects = [(timeline(COLUMN, (0, index)), [FITS, LOST] if index else [LEFT, FITS]) for index in range(14)]
    story = Trial([Chapter((), 14, True), AFTER_LOST], objects, set())
    assert story.run() == {0, 1}


def test_a_long_row_of_false_records_needs_no_more_than_two_things_that_say_so() -> None:
    row = [RECORDED, *(Chapter((m,), 1, True, visible=False) for m in range(50)), Chapter((50,), 1, True)]
    altered = timeline(COLUMN, (1, 0), from_outside=True)
    assert Trial(row, [(altered, [FITS, ALTERED]), (timeline(COLUMN, (51, 0)), [FITS, LOST])], set()).run() == {0}


@pytest.mark.parametrize("first", [True, False])
def test_of_several_parents_the_most_doubtful_says_whether_a_row_of_false_records_begins(first: bool) -> None:
    false, true = (0, 1) if first else (1, 0)
    removal = (timeline(COLUMN, (2, 0), gone=1, from_outside=True), [FITS, LEFT])
    objects = [
        (timeline(COLUMN, (false, 0)), [FITS, LOST]),
        (timeline(COLUMN, (true, 0)), [LEFT, FITS]),
        (timeline(ConstraintTimeline, (true, 1)), [FITS, LOST]),
        removal,
    ]
    row = Trial([RECORDED, RECORDED, Chapter((0, 1), 1, True)], objects, set())
    row.chapters[true] = Chapter((), 2, True)
    assert row.run() == {true}


def test_what_came_and_went_among_false_records_is_no_reason_to_believe_them() -> None:
    chapters = [RECORDED, Chapter((0,), 1, True), Chapter((1,), 1, True), RECORDED, Chapter((2, 3), 1, True)]
    objects = [
        (timeline(COLUMN, (0, 0)), [LEFT, FITS]),
        (timeline(COLUMN, (1, 0), (2, 0), gone=2), [FITS, GONE, FITS]),
        (timeline(COLUMN, (1, 0), gone=1, from_outside=True), [FITS, LEFT]),
        (timeline(COLUMN, (3, 0)), [LEFT, FITS]),
        (timeline(COLUMN, (4, 0)), [FITS, LOST]),
    ]
    assert Trial(chapters, objects, set()).run() == {0, 3}


def test_where_the_records_stop_a_half_is_a_half() -> None:
    half = TRIALS["HALF_RUN"]
    stopped = Trial([replace(half.chapters[0], stopped=True), half.chapters[1]], half.objects, set())
    assert stopped.run() == set()
    assert stopped.told().has_begun(0)


@pytest.mark.parametrize("remade", [False, True])
def test_what_is_told_at_once_of_a_clean_database_is_the_cheapest_story(remade: bool) -> None:
    chapters = [Chapter((), 1, True), Chapter((0,), 2, True)]
    table = timeline(TableTimeline, (0, 0), (1, 0), (1, 1), gone=2 if remade else None)
    trial = Trial(chapters, [(table, [LOST, FITS if remade else ALTERED, LOST if remade else ALTERED, FITS])], {0, 1})
    assert whole([1, 2]) == trial.told()
