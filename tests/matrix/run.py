"""Tries the alterations and writes down what became of them: `tests/matrix/results.json` and `docs/matrix.md`.

    python -m tests.matrix.run                      all of them (hours)
    python -m tests.matrix.run --each 3             three of each cell (a quarter of an hour)
    python -m tests.matrix.run --only 'column type' those with this in their name; prints, and writes nothing
    python -m tests.matrix.run --again              the recorded gaps, and what there is of new sorts
    python -m tests.matrix.run --again 'column'     and the recorded samples with this in their name

    python -m tests.matrix.run --vendor mysql       on one server alone; the rest of what was recorded stays

The servers are those of the tests: SCHEMAGUARD_TEST_POSTGRES_URL, or else an embedded one; SCHEMAGUARD_TEST_MYSQL_URL,
or else the MariaDB of this machine.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

ENOUGH = 1
"""Of each new sort."""
ATTEMPTS = 8
"""So many more are tried of a cell where the server refuses them."""


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=0, metavar="N", help="at most N of each cell (default all)")
    parser.add_argument("--only", default="", metavar="TEXT", help="those with TEXT in their name; writes nothing")
    parser.add_argument("--again", nargs="?", const="", metavar="TEXT", help="gaps, new sorts, samples with TEXT")
    parser.add_argument("--vendor", choices=("postgresql", "sqlite", "mysql"), help="one of them alone")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(argv)

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "testproject.settings.sqlite")
    django.setup()
    from tests.matrix import results as r
    from tests.matrix.runner import Outcome

    names = None
    if options.again is not None:
        recorded = r.read_results()
        names = {each for each in recorded.samples if options.again and options.again in each} | recorded.gaps.keys()
    trials = []
    servers: dict[str, Any] = {}
    generated: Counter[Any] = Counter()
    for vendor in [options.vendor] if options.vendor else r.VENDORS:
        with _benches(vendor, options.processes) as benches:
            servers[vendor] = benches[0].version
            generated.update(each.cell for each in benches[0].alterations)
            wanted = [each for each in benches[0].alterations if options.only in each.id]
            if names is not None:
                wanted = [each for each in wanted if each.id in names or each.cell not in recorded.cells]
            each = options.each or (0 if names is None else ENOUGH)
            for trial in _tried(benches, wanted, each, names or ()):
                trials.append(trial)
                print(f"{trial.outcome.value:32} {trial.alteration.id}{trial.why and f' :: {trial.why}'}", flush=True)
    if options.vendor and names is not None:
        others = {cell: n for cell, n in recorded.generated.items() if cell[3] != options.vendor}
        generated.update(others)
    print("; ".join(f"{key.value} {n}" for key, n in Counter(trial.outcome for trial in trials).most_common()))
    if names is not None:
        r.write(r.updated(recorded, trials, generated))
    elif not options.only:
        version = ".".join(map(str, django.VERSION[:2]))
        found = r.gathered(trials, servers=servers, django=version, generated=generated)
        r.write(r.beside(r.read_results(), found) if options.vendor else found)
    return int(any(trial.outcome is Outcome.GAP for trial in trials))


def in_order(found: Sequence) -> list:
    """The same on every desk, and no object's neighbours beside it."""
    return sorted(found, key=lambda each: hashlib.sha1(each.id.encode(), usedforsecurity=False).hexdigest())


def _tried(benches: Sequence, wanted: Sequence, each: int, surely: Collection[str]) -> Iterator:
    """By cell, each with a bench of its own: a cell ends when enough of it were taken by the server.

    `surely`: the names of those that are tried even so.
    """
    cells: dict = {}
    for alteration in in_order(wanted):
        cells.setdefault(alteration.cell, []).append(alteration)
    free = list(benches)

    def cell_tried(alterations: Sequence) -> list:
        from tests.matrix.runner import Outcome, Trial

        bench = free.pop()
        found: list[Trial] = []
        try:
            for alteration in alterations:
                taken = sum(trial.outcome is not Outcome.NOT_TAKEN for trial in found)
                enough = each and (taken >= each or len(found) >= each + ATTEMPTS)
                if alteration.id in surely or not enough:
                    found.append(bench.attempt(alteration))
        finally:
            free.append(bench)
        return found

    with ThreadPoolExecutor(len(benches)) as pool:
        for found in pool.map(cell_tried, [cells[key] for key in sorted(cells)]):
            yield from found


@contextmanager
def _benches(vendor: str, processes: int) -> Iterator[list]:
    from tests.harness import Sqlite
    from tests.harness.servers import postgres_server
    from tests.matrix.runner import Bench

    with tempfile.TemporaryDirectory(prefix="schemaguard-") as folder:
        served: dict[str, Any] = {
            "postgresql": postgres_server,
            "mysql": _mysql,
            "sqlite": lambda: closing(Sqlite(Path(folder))),
        }
        with served[vendor]() as server:
            benches = [Bench(server, vendor) for _ in range(processes)]
            known = {name: getattr(benches[0], name) for name in ("schema", "alterations", "dump", "usual", "version")}
            for bench in benches[1:]:
                bench.__dict__.update(known)  # asked once
            try:
                yield benches
            finally:
                for bench in benches:
                    bench.close()


@contextmanager
def _mysql() -> Iterator[Any]:
    from unittest import mock

    from tests.harness.own_mysql import PROGRAMS
    from tests.harness.run_mysql import USUAL, server
    from tests.harness.servers import MYSQL_URL, mysql_server

    with server(USUAL, PROGRAMS) as url, mock.patch.dict(os.environ, {MYSQL_URL: url}), mysql_server() as found:
        yield found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
