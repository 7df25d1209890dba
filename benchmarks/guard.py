"""Measures what the guard adds to `migrate`, as whole processes in pairs: with the app and without, taking turns.

    python -m benchmarks.guard                  300 models, all migrated; and an empty database
    python -m benchmarks.guard --pairs 41       with more pairs, for a busy machine

Prints Markdown: the medians of both, the median of the pairs' quotients, and the quotient of the fastest runs, by the
clock and by the processor's time (user and system, of the process alone), which other programs disturb less. An empty
database is migrated on a smaller project, so that a fixed cost weighs more in it than on a large one. Fails where a
bound is not kept.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.run import APPS, MIGRATIONS, MODELS, Peer, Project, project, say
from tests.harness.servers import Postgres, postgres_server

if TYPE_CHECKING:
    from collections.abc import Callable

WITHOUT = Peer(argv=("migrate", "--noinput", "--verbosity", "0"))
WITH = Peer(argv=WITHOUT.argv, app="schemaguard")
MIGRATED, EMPTY = 1.30, 1.02
"""How many times as long `migrate` may take: on a database that is fully migrated, and on an empty one."""
SMALL = {"models": 60, "apps": 6, "migrations": 42}


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """Seconds of one run without the app and one with it, next to each other in time."""

    without: tuple[float, float]
    """By the clock, and by the processor."""
    guarded: tuple[float, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    name: str
    most: float
    pairs: tuple[Pair, ...]

    def median(self, side: str, kind: int) -> float:
        return statistics.median(getattr(pair, side)[kind] for pair in self.pairs)

    def quotient(self, kind: int) -> float:
        return statistics.median(pair.guarded[kind] / pair.without[kind] for pair in self.pairs)

    def fastest(self, kind: int) -> float:
        """The quotient of the fastest runs, which anything else on the machine disturbed the least."""
        return min(pair.guarded[kind] for pair in self.pairs) / min(pair.without[kind] for pair in self.pairs)

    @property
    def holds(self) -> bool:
        """By the processor's time: what else a shared machine does is not the guard's to answer for."""
        return self.fastest(1) <= self.most

    def rows(self) -> str:
        found = []
        for kind, label in enumerate(("clock", "processor")):
            without, guarded = (self.median(side, kind) for side in ("without", "guarded"))
            times = f"{without:.3f} s | {guarded:.3f} s | {self.quotient(kind):.3f} | {self.fastest(kind):.3f}"
            found.append(f"| {self.name}, {label} | {times} | {self.most} |")
        return "\n".join(found)


def taken(made: Project, peer: Peer) -> tuple[float, float]:
    """Seconds by the clock and by the processor of one whole process."""
    before, start = os.times(), time.perf_counter()
    made.run(peer)
    seconds, after = time.perf_counter() - start, os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return seconds, used


def measure(
    name: str, most: float, made: Project, pairs: int, between: Callable[[], None] = lambda: None
) -> Measured:  # fmt: skip
    """`between` puts the database back before each run. One pair warms up; who goes first changes from pair to pair."""
    found = []
    for number in range(pairs + 1):
        order = (WITHOUT, WITH) if number % 2 else (WITH, WITHOUT)
        by_peer = {}
        for peer in order:
            between()
            by_peer[peer] = taken(made, peer)
        if number:
            found.append(Pair(without=by_peer[WITHOUT], guarded=by_peer[WITH]))
        say(f"{name}: pair {number} of {pairs}")
    return Measured(name=name, most=most, pairs=tuple(found))


def migrated(server: Postgres, pairs: int) -> Measured:
    say(f"migrating a project of {MODELS} models and {MIGRATIONS} migrations, which takes some minutes …")
    with project(server, models=MODELS, apps=APPS, migrations=MIGRATIONS) as made:
        made.run(WITHOUT)
        return measure(f"all migrated, {MODELS} models", MIGRATED, made, pairs)


def empty(server: Postgres, pairs: int) -> Measured:
    with project(server, **SMALL) as made:

        def put_back() -> None:
            made.database.script("DROP SCHEMA public CASCADE; CREATE SCHEMA public")

        return measure(f"an empty database, {SMALL['models']} models", EMPTY, made, pairs, put_back)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.guard", description="Measures the guard of migrate.")
    parser.add_argument("--pairs", type=int, default=21, help="how many pairs of runs (default 21)")
    parser.add_argument("--only", choices=("migrated", "empty"), help="one of the two alone")
    options = parser.parse_args()
    measures = {"migrated": migrated, "empty": empty}
    found = []
    with postgres_server() as server:
        for name, each in measures.items():
            if options.only in (None, name):
                found.append(each(server, options.pairs))
    print("| `migrate` | without the app | with it | quotient | of the fastest | at most |\n|---|---|---|---|---|---|")
    for measured in found:
        print(measured.rows())
    return int(not all(measured.holds for measured in found))


if __name__ == "__main__":
    sys.exit(main())
