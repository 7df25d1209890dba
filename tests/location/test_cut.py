"""The cheapest answers to yes-or-no questions, held against every possible set of answers."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from schemaguard.location.cut import Questions

COSTS = st.integers(0, 6)
PROBLEMS = st.integers(1, 7).flatmap(
    lambda count: st.tuples(
        st.lists(COSTS, min_size=count, max_size=count),
        st.lists(COSTS, min_size=count, max_size=count),
        st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1), st.integers(1, 9)), max_size=12),
    )
)
Problem = tuple[list[int], list[int], list[tuple[int, int, int]]]


def questions(problem: Problem) -> Questions[int]:
    of_yes, of_no, pairs = problem
    asked: Questions[int] = Questions()
    for question, (yes, no) in enumerate(zip(of_yes, of_no, strict=True)):
        asked.cost_of_yes(question, 0)
        asked.cost_of_yes(question, yes)
        asked.cost_of_no(question, no)
    for yes, no, cost in pairs:
        asked.cost_of_yes_and_no(yes, no, cost)
    return asked


def cost(problem: Problem, answers: tuple[bool, ...]) -> int:
    of_yes, of_no, pairs = problem
    alone = sum(of_yes[i] if answer else of_no[i] for i, answer in enumerate(answers))
    return alone + sum(price for yes, no, price in pairs if answers[yes] and not answers[no])


@given(PROBLEMS)
def test_no_other_answers_cost_less_and_of_those_that_cost_as_little_none_says_yes_more_seldom(
    problem: Problem,
) -> None:
    asked = questions(problem)
    best = min((cost(problem, answers), sum(answers)) for answers in product((False, True), repeat=len(problem[0])))

    found = asked.cheapest()

    assert (asked.cost(found), len(found)) == best
    assert asked.cost(found) == cost(problem, tuple(i in found for i in range(len(problem[0]))))


def test_what_is_implied_is_never_left_out() -> None:
    asked: Questions[str] = Questions()
    asked.implies("roof", "walls")
    asked.cost_of_yes("walls", 5)
    asked.cost_of_no("roof", 3)
    assert asked.cheapest() == frozenset()
    asked.cost_of_no("roof", 3)
    assert asked.cheapest() == {"roof", "walls"}


@given(st.integers(2, 40), st.data())
def test_a_row_of_which_each_needs_the_one_before(length: int, data: st.DataObject) -> None:
    """A history in which every migration depends on the one before it: the answer is one place in the row."""
    there, missing = (
        data.draw(st.lists(COSTS, min_size=length, max_size=length), label=label) for label in ("there", "missing")
    )
    asked: Questions[int] = Questions()
    for place in range(length):
        asked.cost_of_no(place, there[place])
        asked.cost_of_yes(place, missing[place])
        if place:
            asked.implies(place, place - 1)

    found = asked.cheapest()

    costs = [(sum(missing[:place]) + sum(there[place:]), place) for place in range(length + 1)]
    assert (asked.cost(found), len(found)) == min(costs)
    asked.cost_of_no(length - 1, 1000)
    assert len(asked.cheapest()) == length
