"""Holds the result against the promises of the plan, right before the commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.diagnosis.model import Action, Diagnosis, OperationState, State
from schemaguard.exceptions import Refused
from schemaguard.history.bits import bits_of
from schemaguard.operations.requests import ROLLED_BACK
from schemaguard.reconcile.expected_losses import ExpectedLosses
from schemaguard.schema.codes import Level, Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from schemaguard.history.graph import Key
    from schemaguard.location.location import Location
    from schemaguard.operations.steps import Step
    from schemaguard.schema.objects import Schema

MOST = 5


def came_true(before: Diagnosis, found: Location) -> frozenset[Key]:
    """Migrations that were pending, and have nothing left to do now that what they depend on is whole.

    Examples: what it removes was never made; it removes an index and makes it again. Left out is what runs code, since
    nobody can see whether that ran, and whatever depends on it.
    """
    pending = {each.key for each in before.migrations if each.state is State.PENDING}
    graph, states = found.graph, found.states
    true: dict[int, Key] = {}
    there = bits_of(m for m, recorded in enumerate(graph.recorded) if recorded)
    for m, migration in enumerate(graph.plan):
        key = migration.app_label, migration.name
        if key not in pending or states.migrations[m] is not State.PRESENT or not states.visible[m]:
            continue
        invisible = [(m, o) for o, state in enumerate(states.operations[m]) if state is OperationState.INVISIBLE]
        if not any(map(found.history.runs_code, invisible)) and not graph.ancestors[m] & ~there:
            true[m] = key
            there |= 1 << m
    return frozenset(true.values())


def verify(
    steps: list[Step], before: tuple[Diagnosis, Location], after: tuple[Diagnosis, Location], left: Collection[Key],
    end: str = ROLLED_BACK, *, harmless: Collection[Key],
) -> None:  # fmt: skip
    """Holds what was found after the steps against what was found before them. Raises Refused.

    `left`: migrations of which something is left as it is on purpose. `harmless`: migrations that may be without a
    record. `end`: how the text of the refusal ends.
    """
    (old, location), (new, found) = before, after
    losses = ExpectedLosses(location, steps)
    verify_promises(steps, old, new, left, end, harmless=harmless, new_names=losses.new_names)
    verify_kept(losses, location, found.schema, end)


def verify_promises(
    steps: list[Step], before: Diagnosis, after: Diagnosis, left: Collection[Key] = (), end: str = ROLLED_BACK, *,
    harmless: Collection[Key] = (), new_names: Mapping[str, str],
) -> None:  # fmt: skip
    """Asks that every step did what it was to do, and that no new error is there. Raises Refused.

    `new_names`: what tables are called after the steps, by their names before: an error that stays is no new one.
    """
    unmended = {State.MISSING, State.PARTIAL, State.PENDING, State.CONFLICTING}
    states = {migration.key: migration for migration in after.migrations}
    problems = []
    recorded = {key for step in steps for key in step.records}
    for step in steps:
        migration = states.get(step.key)
        if step.action is Action.UNRECORD:
            if migration is not None and migration.recorded and step.key not in recorded:
                problems.append(f"{step.key[0]}.{step.key[1]} is recorded still")
        elif step.action is Action.PRUNE:
            if migration is not None and migration.state is State.ORPHANED:
                problems.append(f"the record {step.key[0]}.{step.key[1]} is still there")
        elif migration is not None and step.records and not migration.recorded:
            problems.append(f"{step.key[0]}.{step.key[1]} is not recorded")
        elif step.key not in left and migration is not None and migration.state in unmended and any(step.every_task):
            problems.append(f"{step.key[0]}.{step.key[1]} is {migration.state.value} still")
    known = {
        (each.code, new_names.get(each.table or "", each.table), each.name, each.app, each.migration)
        for each in before.every_finding
    }
    for finding in after.every_finding:
        identity = (finding.code, finding.table, finding.name, finding.app, finding.migration)
        unrecorded = finding.problem is Problem.UNRECORDED and (finding.app, finding.migration) in harmless
        if finding.level is Level.ERROR and identity not in known and not unrecorded:
            problems.append(finding.message)
    if problems:
        raise Refused(*problems[:MOST], heading="the result is not what the plan promised", end=end)


def verify_kept(losses: ExpectedLosses, location: Location, after: Schema, end: str = ROLLED_BACK) -> None:
    """Asks that nothing is gone that no step was to drop; what no migration knows never is. Raises Refused.

    A view or a trigger may go only where SQL that was run drops it: it is no part of a column that it hangs on.
    """
    strange: set[tuple[str, str | None]] = {(table.name, None) for table in location.extra_tables}
    strange.update((table.name, name) for _, table, name in location.extra_columns)

    def is_lost(table: str, column: str | None = None) -> bool:
        # Nobody can read beforehand what code does to objects of the migrations.
        return (table, column) not in losses.things and (not losses.runs_code or (table, column) in strange)

    gone = []
    for table in location.schema.tables.values():
        there = after.find(losses.new_names.get(table.name, table.name))
        if there is None:
            gone += [f"table {table.name}"] if is_lost(table.name) else []
            continue
        lost = table.columns.keys() - there.columns.keys() if table.name not in losses.remade else ()
        gone += [f"column {table.name}.{name}" for name in lost if is_lost(table.name, name)]
    if not losses.runs_code:
        gone += [
            f"{kind.words} {name}" for kind, name in location.schema.others - after.others if losses.keeps(kind, name)
        ]
    if gone:
        raise Refused(f"the result would be without {', '.join(sorted(set(gone)))}; {end}")
