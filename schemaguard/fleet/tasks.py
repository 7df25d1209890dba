"""The tasks for Celery: one works off a batch, one is a check to be scheduled. Needs `django-schemaguard[celery]`."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from celery import shared_task

from schemaguard.fleet.engines.local import run
from schemaguard.fleet.results import Results
from schemaguard.fleet.seen import Seen
from schemaguard.fleet.targets import Batch, Selection, batches
from schemaguard.fleet.wire import packed
from schemaguard.fleet.workers import worker
from schemaguard.report.base import repository_of
from schemaguard.schema.codes import Level

if TYPE_CHECKING:
    from collections.abc import Sequence

_workers: dict[str, Any] = {}
"""Of this process, the last one: it has walked the history."""


@shared_task(
    name="schemaguard.fleet.tasks.work", acks_late=True, reject_on_worker_lost=True, ignore_result=False,
    serializer="json", max_retries=0,
)  # fmt: skip
def work(batch: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """One batch. It may run twice, where a worker ended before it told that it was done: the second finds the same."""
    key = json.dumps(options, sort_keys=True)
    if key not in _workers:
        _workers.clear()
        _workers[key] = worker(options)
    with closing(_workers[key]) as found:
        return packed(found.examine(Batch.from_value(batch)))


@shared_task(name="schemaguard.fleet.tasks.check", ignore_result=False)
def check(
    databases: Sequence[str] = (), *, all_databases: bool = False, schemas: Sequence[str] = (),
    all_schemas: bool = False, app_labels: Sequence[str] = (), fail_level: str = "error",
) -> dict[str, Any]:  # fmt: skip
    """A check to be scheduled, by this worker alone. Returns the groups, and of each finding when it was first seen.

    `new` has those that were not there the last time, `gone` those that are no more.
    """
    selection = Selection(
        aliases=databases, all_databases=all_databases, patterns=schemas, all_schemas=all_schemas
    )  # fmt: skip
    results = Results(selection.targets())
    options = {"app_labels": list(app_labels), "root": str(repository_of(Path.cwd()))}
    for part in run(list(batches(results.targets, options)), options, 1):
        for examined in part:
            results.add(examined)
    found = results.findings()
    seen = Seen(results.targets[0].alias)
    past = seen.read()
    today = date.today().isoformat()
    now = {fingerprint: past.get(fingerprint, today) for fingerprint in found}
    seen.write(now)
    return {
        "exit": results.exit_code(Level(fail_level)),
        "groups": [
            {"verdict": each.verdict, "count": each.count, "targets": list(each.targets)}
            for each in results.many().groups
        ],
        "findings": [
            {**finding, "fingerprint": fingerprint, "first_seen": now[fingerprint]}
            for fingerprint, finding in found.items()
        ],
        "new": [fingerprint for fingerprint in now if fingerprint not in past],
        "gone": [fingerprint for fingerprint in past if fingerprint not in now],
    }
