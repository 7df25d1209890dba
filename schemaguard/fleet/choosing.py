"""What a person has to choose before the plans of many are whole: asked once for those that have it in common.

A plan may have other choices once one is answered. So the first target of a group is looked at again after each answer,
and the others when nothing is left to ask about it. Whichever of them has something else to ask is a group of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from schemaguard.reconcile.plan.choosing.choices import STOP, Choice, Option

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from schemaguard.fleet.results import Results
    from schemaguard.fleet.targets import Target

Answers = tuple[tuple[str, str], ...]


def as_value(choice: Choice) -> dict[str, Any]:
    """As JSON can hold it; `from_value` is the way back."""
    options = [[each.name, each.consequence] for each in choice.options]
    return {
        "key": choice.key, "question": choice.question, "options": options, "default": choice.default,
        "flag": choice.flag,
    }  # fmt: skip


def from_value(value: Mapping[str, Any]) -> Choice:
    options = tuple(Option(name=name, consequence=consequence) for name, consequence in value["options"])
    return Choice(**{**value, "options": options})


@dataclass(frozen=True, slots=True)
class Group:
    """Targets with the same to ask, which were answered alike so far."""

    targets: tuple[Target, ...]
    choices: tuple[Choice, ...]
    answers: Answers = ()


@dataclass(slots=True)
class Choosing:
    """`examine` looks at targets again, with the answers that were given for them; the results have it then."""

    results: Results
    examine: Callable[[Sequence[Target], Answers], None]
    ask: Callable[[Group], str]
    """Is given a group, and returns the name of an option of its first choice."""

    def answers(self) -> Mapping[Target, Answers]:
        """What was answered for each target that there was something to ask about."""
        given: dict[Target, Answers] = {}
        while True:
            group = next(iter(self._groups(given)), None)
            if group is None:
                return given
            first, *others = group.targets
            alone = replace(group, answers=given.get(first, ()))
            while alone.choices:
                answer = self.ask(alone)
                answers = (*alone.answers, (alone.choices[0].key, answer))
                given.update(dict.fromkeys(group.targets, answers))
                if answer == STOP:
                    break
                self.examine([first], answers)
                alone = replace(group, choices=tuple(self._open(first)), answers=answers)
            if others and given[first][-1][1] != STOP:
                self.examine(others, given[first])

    def _groups(self, given: Mapping[Target, Answers]) -> Iterable[Group]:
        found: dict[Any, list[Target]] = {}
        for target, key in self.results.alike():
            answers = given.get(target, ())
            if answers and answers[-1][1] == STOP:
                continue
            found.setdefault((key, answers), []).append(target)
        for (_, answers), targets in found.items():
            choices = tuple(self._open(targets[0]))
            if choices:
                yield Group(tuple(targets), choices, answers)

    def _open(self, target: Target) -> Iterable[Choice]:
        return map(from_value, self.results.more(target).get("open", ()))


def stopped(given: Mapping[Target, Answers]) -> frozenset[Target]:
    """Those of which a person said that nothing is to be changed."""
    return frozenset(target for target, answers in given.items() if answers and answers[-1][1] == STOP)
