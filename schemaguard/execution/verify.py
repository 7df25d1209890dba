"""What came out, held against what was promised: the last thing before a commit."""

from __future__ import annotations

from collections.abc import Collection

from schemaguard.diagnosis.diagnose import Located
from schemaguard.diagnosis.model import Action, Diagnosis, Level, OperationState, Problem, State
from schemaguard.exceptions import Refused
from schemaguard.history.graph import Key
from schemaguard.plan.tasks import (
    AlterColumn,
    DropColumn,
    DropTable,
    RenameColumn,
    RenameTable,
    ReplaceColumn,
    RunOperation,
    Step,
)
from schemaguard.schema.objects import Schema

ROLLED_BACK = "everything was rolled back"
MOST = 5


def came_true(before: Diagnosis, found: Located) -> frozenset[Key]:
    """What was pending, and has nothing left to do now that what it depends on is whole.

    What it removes was never made after all, say, or it removes a thing and makes it again. Not what runs code, of
    which nobody can see whether it ran, and what depends on that.
    """
    pending = {each.key for each in before.migrations if each.state is State.PENDING}
    graph, states = found.graph, found.states
    true: dict[int, Key] = {}
    for m, migration in enumerate(graph.plan):
        key = migration.app_label, migration.name
        if key not in pending or states.migrations[m] is not State.PRESENT or not states.visible[m]:
            continue
        unseen = [
            each.opaque
            for each, state in zip(found.history.operations[m], states.operations[m], strict=True)
            if state is OperationState.INVISIBLE
        ]
        if not any(unseen) and all(graph.recorded[each] or each in true for each in graph.ancestors[m]):
            true[m] = key
    return frozenset(true.values())


def verify(
    before: Diagnosis, after: Diagnosis, steps: list[Step], left: Collection[Key] = (), end: str = ROLLED_BACK, *,
    harmless: Collection[Key] = (),
) -> None:  # fmt: skip
    """Every step's promise is kept, and nothing is wrong that was not before. Raises Refused, ending with `end`.

    `left`: migrations of which something is left as it is on purpose. Of `harmless` ones it is no fault that they are
    not recorded yet.
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
    known = {(each.code, each.table, each.name, each.app, each.migration) for each in before.every_finding}
    for finding in after.every_finding:
        identity = (finding.code, finding.table, finding.name, finding.app, finding.migration)
        unrecorded = finding.problem is Problem.UNRECORDED and (finding.app, finding.migration) in harmless
        if finding.level is Level.ERROR and identity not in known and not unrecorded:
            problems.append(finding.message)
    if problems:
        told = "; ".join(problems[:MOST])
        raise Refused(f"the result is not what the plan promised: {told}; {end}")


def verify_kept(located: Located, after: Schema, steps: list[Step], end: str = ROLLED_BACK) -> None:
    """Nothing is gone that no step was to drop; what no migration knows is never to go. Raises Refused."""
    tasks = [task for step in steps for task in step.every_task]
    going = DropTable | DropColumn | RenameTable | RenameColumn | ReplaceColumn
    dropped = {task.name for task in tasks if isinstance(task, going)}
    dropped |= {
        task.actual.name for task in tasks if isinstance(task, AlterColumn) and task.actual.name != task.expected.name
    }
    matched = located.matched
    strangers = {(table.name, name) for _, table, name in matched.extra_columns if name not in dropped}
    # Django's own operations drop and rename what they are written to drop and rename.
    known = not any(isinstance(task, RunOperation) for task in tasks)
    extra = {table.name for table in matched.extra_tables} - dropped
    gone = [f"table {name}" for name in extra if name not in after.tables]
    for table in located.schema.tables.values():
        if table.name not in after.tables:
            gone += [f"table {table.name}"] if known and table.name not in dropped else []
            continue
        for name in table.columns.keys() - after.tables[table.name].columns.keys():
            if (table.name, name) in strangers or (known and name not in dropped):
                gone.append(f"column {table.name}.{name}")
    if gone:
        raise Refused(f"the result would be without {', '.join(sorted(set(gone)))}; {end}")
