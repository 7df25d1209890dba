"""Records that are wrong while the schema is right: they go, and `migrate` runs what they stood for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.diagnosis.model import Action
from schemaguard.history.bits import bits_of, with_ancestors
from schemaguard.location.false_records import FalseRecords, records_of
from schemaguard.operations.steps import Step

if TYPE_CHECKING:
    from collections.abc import Collection

    from schemaguard.diagnosis.assessment import Assessment
    from schemaguard.history.graph import Key
    from schemaguard.location.location import Location
    from schemaguard.reconcile.plan.choosing.options import Options
    from schemaguard.reconcile.plan.steps import Plan


def unrecord(
    plan: Plan, assessment: Assessment, found: FalseRecords, options: Options, app_labels: Collection[str] = ()
) -> None:
    """Puts the steps that delete records before all others, the latest record first.

    So no record ever stands without those that it depends on.
    With `app_labels`, the records of these apps go, with those of what depends on them.
    """
    location = assessment.location
    unrecorded = _keys_to_unrecord(location, found.keys, app_labels, with_parents=options.migrate)
    if not unrecorded:
        return
    positions = found.location.graph.plan_index
    plan.steps[:0] = [
        Step(
            Action.UNRECORD, key, positions.get(key),
            removes=tuple(sorted(records_of(location, [key]))), evidence=_evidence(assessment, key),
        )
        for key in _in_order(location, unrecorded)[::-1]
    ]  # fmt: skip
    plan.warnings += (
        f"recorded, and nothing of them ever ran: {_named(location, unrecorded)}; "
        "without their records, migrate runs them",
    )
    if found.unsure:
        unseen = f"nothing in the catalog shows whether these have run: {_named(location, found.unsure)}"
        if options.data_migrations == "stop":
            plan.blocked += (f"{unseen}; --data-migrations run, skip or infer",)
        elif options.data_migrations == "infer":
            plan.warnings += (f"{unseen}; they stay recorded (--data-migrations run takes their records as well)",)


def _keys_to_unrecord(
    location: Location, keys: Collection[Key], app_labels: Collection[str], *, with_parents: bool
) -> Collection[Key]:
    """The migrations whose records go. With app labels: of these apps, and what depends on them."""
    if not app_labels:
        return keys
    graph = location.graph
    asked = [graph.plan_index[key] for key in keys if key[0] in app_labels]
    mine = with_ancestors(asked, graph.ancestors) if with_parents else bits_of(asked)
    return [key for key, m in graph.plan_index.items() if key in keys and (1 << m | graph.ancestors[m]) & mine]


def _named(location: Location, keys: Collection[Key]) -> str:
    return ", ".join(f"{app}.{name}" for app, name in _in_order(location, keys))


def _in_order(location: Location, keys: Collection[Key]) -> list[Key]:
    return sorted(keys, key=location.graph.plan_index.__getitem__)


def _evidence(assessment: Assessment, key: Key) -> tuple[str, ...]:
    """What is missing of a migration, or still there though the migration removes it."""
    found = tuple(each.message for each in assessment.findings if (each.app, each.migration) == key)
    return found or ("nothing of it can be seen in the catalog; what it depends on has not run",)
