"""Measures what the notes of progress cost a `migrate` of 200 migrations on MySQL or MariaDB.

    SCHEMAGUARD_TEST_MYSQL_URL=mysql://root@127.0.0.1:3306/ python -m benchmarks.progress --pairs 7

Whole processes in pairs, with the notes and without, taking turns, each on an empty database. Prints Markdown: the
medians of both, and the median of the pairs' quotients. Fails where that is above the bound.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.harness import make_project, migration
from tests.harness.servers import Mysql, mysql_server

if TYPE_CHECKING:
    from tests.harness import Project

MIGRATIONS = 200
MOST = 1.15
"""How many times as long `migrate` may take with notes."""
MODELS = 10


def history() -> dict[str, str]:
    """Ten tables, then columns, indexes and a data migration in every tenth."""
    tables = "".join(
        f'migrations.CreateModel("M{n}", [("id", models.BigAutoField(primary_key=True))]),\n' for n in range(MODELS)
    )
    found = {"0001_initial": migration(tables)}
    names = ["0001_initial"]
    for number in range(2, MIGRATIONS + 1):
        model, field = f"m{number % MODELS}", f"f{number}"
        operation = f'migrations.AddField("{model}", "{field}", models.IntegerField(null=True)),'
        if number % 5 == 0:
            operation += f'\nmigrations.AddIndex("{model}", models.Index(fields=["{field}"], name="i{number}")),'
        if number % 10 == 0:
            operation += "\nmigrations.RunPython(migrations.RunPython.noop),"
        names.append(f"{number:04}_more")
        found[names[-1]] = migration(operation, after=[("app", names[-2])])
    return found


def seconds(project: Project, server: Mysql) -> float:
    """Of one `migrate` from nothing."""
    with server.fresh() as database:
        begun = time.perf_counter()
        project.on(database).manage("migrate", "--verbosity", "0", fork=False).expect(0)
        return time.perf_counter() - begun


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.progress", description="Measures the notes of migrate.")
    parser.add_argument("--pairs", type=int, default=5, help="how many pairs of runs (default 5)")
    pairs = parser.parse_args().pairs
    apps = {"app": {"migrations": history()}}
    with mysql_server() as server, tempfile.TemporaryDirectory() as folder:
        with_notes, without = (
            make_project(
                Path(folder, str(on)), apps=apps, settings={"SCHEMAGUARD": {"RECORD_PROGRESS": on}},
                database=server.admin,
            )
            for on in (True, False)
        )  # fmt: skip
        found: list[tuple[float, float]] = []
        for number in range(pairs):
            order = (with_notes, without) if number % 2 else (without, with_notes)
            taken = {id(project): seconds(project, server) for project in order}
            found.append((taken[id(with_notes)], taken[id(without)]))
            print(f"pair {number + 1} of {pairs}: {found[-1][0]:.1f} s, {found[-1][1]:.1f} s", file=sys.stderr)
    quotient = statistics.median(noted / plain for noted, plain in found)
    medians = [statistics.median(each) for each in zip(*found, strict=True)]
    print("| `migrate` of 200 migrations | without notes | with them | quotient | at most |\n|---|---|---|---|---|")
    print(f"| MySQL or MariaDB, clock | {medians[1]:.2f} s | {medians[0]:.2f} s | {quotient:.3f} | {MOST} |")
    return int(quotient > MOST)


if __name__ == "__main__":
    sys.exit(main())
