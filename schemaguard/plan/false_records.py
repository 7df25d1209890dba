"""Records that are wrong while the schema is right: they go, and `migrate` runs what they stood for."""

from __future__ import annotations

from collections.abc import Collection

from schemaguard.diagnosis.diagnose import Located
from schemaguard.diagnosis.model import Action
from schemaguard.diagnosis.never_ran import NeverRan, records_of
from schemaguard.history.graph import Key
from schemaguard.plan.options import Options
from schemaguard.plan.tasks import Plan, Step


def unrecord(plan: Plan, located: Located, found: NeverRan, options: Options) -> None:
    """Puts these steps before all others, the latest first: no record stays whose dependencies are gone."""
    positions = found.located.graph.positions
    plan.steps[:0] = [
        Step(
            Action.UNRECORD, key, positions.get(key),
            removes=tuple(sorted(records_of(located, [key]))), evidence=_evidence(located, key),
        )
        for key in _in_order(located, found.keys)[::-1]
    ]  # fmt: skip
    plan.warnings += (
        f"recorded, and nothing of them ever ran: {_named(located, found.keys)}; without their records, migrate runs "
        "them",
    )
    if found.unsure:
        unseen = f"nothing in the catalog shows whether these have run: {_named(located, found.unsure)}"
        if options.data_migrations == "stop":
            plan.blocked += (f"{unseen}; --data-migrations run, skip or infer",)
        elif options.data_migrations == "infer":
            plan.warnings += (f"{unseen}; they stay recorded (--data-migrations run takes their records as well)",)


def _named(located: Located, keys: Collection[Key]) -> str:
    return ", ".join(f"{app}.{name}" for app, name in _in_order(located, keys))


def _in_order(located: Located, keys: Collection[Key]) -> list[Key]:
    return sorted(keys, key=located.graph.positions.__getitem__)


def _evidence(located: Located, key: Key) -> tuple[str, ...]:
    """What is missing of it, or still there."""
    found = tuple(each.message for each in located.findings if (each.app, each.migration) == key)
    return found or ("nothing of it can be seen in the catalog; what it depends on has not run",)
