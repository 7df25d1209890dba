"""Reconcile of many: one of each plan first, and the others with that plan if it came out as promised."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from schemaguard.fleet.carrying import shown_in
from schemaguard.fleet.examining import Examined
from schemaguard.fleet.targets import Batch, batches

if TYPE_CHECKING:
    from schemaguard.fleet.results import Plan, Results
    from schemaguard.fleet.targets import Target

Run = Callable[[Sequence[Batch], Mapping[str, Any], int], Iterator[Sequence[Examined]]]
SIZE = 5
"""The targets that one worker reconciles at a time."""
NOT_BEGUN = "not begun, since {} with the same plan did not come out as promised: {}"


@dataclass(slots=True)
class Reconciliation:
    """What a command asks for: `run` of an engine, with the options for its workers."""

    results: Results
    run: Run
    options: Mapping[str, Any]
    jobs: int
    done: int = 0
    failed: int = 0

    def carry_out(self, plan: Plan) -> Iterator[Examined]:
        """Yields what became of each target, as soon as it is known; it is in the results then."""
        hashes = {_name(target): known for target, known in zip(plan.targets, plan.hashes, strict=True)}
        first, *others = plan.targets
        outcome = next(self._run([first], hashes, 1, plan.answers))
        yield outcome
        if outcome.body is None:
            for target in others:
                yield self._took(_not_begun(target, NOT_BEGUN.format(first.name, outcome.error)))
            return
        yield from self._run(others, hashes, self.jobs, plan.answers)

    def _run(
        self, targets: Sequence[Target], hashes: Mapping[str, str], jobs: int, answers: tuple[tuple[str, str], ...]
    ) -> Iterator[Examined]:
        options = {**self.options, "choices": {**self.options["choices"], "answers": answers}}
        for alias in dict.fromkeys(target.alias for target in targets):
            of_it = [target for target in targets if target.alias == alias]
            known = {_name(target): hashes[_name(target)] for target in of_it}
            work = [shown_in(batch, _by_schema(batch, known)) for batch in batches(of_it, {}, SIZE)]
            for part in self.run(work, options, jobs):
                for examined in part:
                    yield self._took(examined)

    def _took(self, examined: Examined) -> Examined:
        self.results.add(examined, anew=True)
        if examined.body is None:
            self.failed += 1
        else:
            self.done += 1
        return examined


def _name(target: Target) -> str:
    return f"{target.alias}/{target.schema if target.schema is not None else ''}"


def _by_schema(batch: Batch, known: Mapping[str, str]) -> Mapping[str, str]:
    if not batch.schemas:
        return {batch.alias: known[f"{batch.alias}/"]}
    return {schema: known[f"{batch.alias}/{schema}"] for schema in batch.schemas}


def _not_begun(target: Target, why: str) -> Examined:
    return Examined({"alias": target.alias, "schema": target.schema}, None, '{"exit": 1}', why)


def chosen(plans: Iterable[Plan], plan_hash: str) -> Iterator[Plan]:
    """The part of the plans that was reviewed: by the hash of a plan, or by that of the plan of one target."""
    for plan in plans:
        if plan.fingerprint == plan_hash:
            yield plan
            continue
        reviewed = [each for each in zip(plan.targets, plan.hashes, strict=True) if each[1] == plan_hash]
        if reviewed:
            yield replace(plan, targets=[each for each, _ in reviewed], hashes=[each for _, each in reviewed])
