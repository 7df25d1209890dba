"""One report on many targets that are made up, in a process of its own. Prints CPU seconds, bytes and megabytes.

python -m benchmarks.fleet_reports 10000 5 html
"""

from __future__ import annotations

import json
import resource
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import django
from django.conf import settings

from schemaguard.diagnosis.model import State, Verdict
from schemaguard.fleet.examining import Examined
from schemaguard.fleet.results import Results
from schemaguard.fleet.targets import Target
from schemaguard.report.documents import more_of
from schemaguard.report.formats.json import document
from schemaguard.report.many.formats import render
from tests.report.diagnoses import missing_column
from tests.report.many import whole

if TYPE_CHECKING:
    from schemaguard.diagnosis.model import Diagnosis

KINDS = 5


def example(number: int) -> Diagnosis:
    """One of the ways: the first ones are in sync, pending and drifted, each later one has lost another column."""
    if number == 0:
        return whole()
    if number == 1:
        return whole(State.PENDING, State.PENDING, verdict=Verdict.PENDING)
    lost = replace(missing_column("shop.0040_step"), name=f"column_{number}", columns=(f"column_{number}",))
    return whole(State.MISSING, verdict=Verdict.RECONCILABLE, findings=(lost,))


def collected(targets: int, ways: int) -> Results:
    results = Results([Target("default", f"tenant_{number:05d}") for number in range(targets)])
    for number, target in enumerate(results.targets):
        diagnosis = example(number % ways)
        value = document(diagnosis)
        database = {**value.pop("database"), "schema": target.schema}
        results.add(Examined(database, json.dumps(value), more_of(diagnosis)))
    return results


def main() -> None:
    targets, ways, name = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    settings.configure()
    django.setup()
    results = collected(targets, ways)
    start = time.process_time()
    size = 0
    parts = results.document() if name == "json" else [render(name, results.many())]
    for part in parts:
        size += len(part.encode())
    seconds = time.process_time() - start
    print(seconds, size, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


if __name__ == "__main__":
    main()
