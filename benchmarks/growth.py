"""Measures how the time of `schemaguard check` grows with a history, as ratios within one run.

    python -m benchmarks.growth                     every scenario
    python -m benchmarks.growth --only lost         one of them
    python -m benchmarks.growth --sizes 100 200     other numbers of migrations

Each doubling of the migrations doubles the models with them. The ratios are of the processor's time of whole processes,
the fastest of a few runs in turns, since other programs disturb that the least. Prints Markdown; fails where a bound
is not kept.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.run import APPS, BASE, CHECK, MIGRATIONS, MODELS, RECONCILE, Peer, Project, project, say
from tests.harness.servers import Postgres, postgres_server

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SIZES = (200, 400, 800)
MIGRATIONS_PER_APP = 10
MANY_MIGRATIONS = 1500
"""Three operations each, so 4,500."""
MOST_FOR_A_DOUBLING = 2.3
SCENARIOS = ("lost", "clean", "many", "usual")
MOST_TIMES_BASE = {MANY_MIGRATIONS: 1.5, MIGRATIONS: 1.2}

# The tables of the models, and the records of all migrations: to run so many takes Django hours. What the migrations
# would have left otherwise than the models (an index of a field that was renamed since), a reconcile makes so.
MAKE_AT_ONCE = """\
import django

django.setup()
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

call_command("migrate", "auth", verbosity=0)
for config in apps.get_app_configs():
    if config.label.startswith("app"):
        with connection.schema_editor() as editor:  # a transaction for each app: a server has only so many locks
            for model in config.get_models():
                editor.create_model(model)
recorder = MigrationRecorder(connection)
recorder.migration_qs.bulk_create(
    recorder.Migration(app=app, name=name)
    for app, name in MigrationLoader(None).disk_migrations
    if app.startswith("app")
)
"""
LOST_INDEXES = """\
SELECT format('DROP INDEX %s', indexrelid::regclass) FROM pg_index
WHERE indrelid::regclass::text LIKE 'app%'
AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ratio:
    """One line of the report: seconds of the processor for less and for more, and how many times as much is allowed."""

    name: str
    less: float
    more: float
    most: float

    @property
    def times(self) -> float:
        return self.more / self.less

    @property
    def holds(self) -> bool:
        return self.times <= self.most

    def __str__(self) -> str:
        verdict = "PASS" if self.holds else "over"
        return f"| {self.name} | {self.less:.2f} s | {self.more:.2f} s | {self.times:.2f} | {self.most} | {verdict} |"


def make_at_once(made: Project) -> None:
    env = {**made.environment, "DJANGO_SETTINGS_MODULE": "settings"}
    subprocess.run([sys.executable, "-c", MAKE_AT_ONCE], cwd=made.path, env=env, check=True)
    made.run(RECONCILE)


def lose_records_and_indexes(made: Project) -> None:
    made.database.execute("DELETE FROM django_migrations")
    made.database.script(";\n".join(statement for (statement,) in made.database.execute(LOST_INDEXES)))


def fastest(runs: dict[str, tuple[Project, Peer]], rounds: int) -> dict[str, float]:
    """The least seconds of the processor that each took, in turns, after one round to compile and to warm up."""
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for number in range(rounds + 1):
        for name, (made, peer) in runs.items():
            cpu = made.run(peer).cpu
            if number:
                taken[name].append(cpu)
            say(f"round {number} of {rounds}: {name} took {cpu:.2f} s of the processor")
    return {name: min(seconds) for name, seconds in taken.items()}


def growing(server: Postgres, sizes: Sequence[int], rounds: int, *, lost: bool) -> Iterator[Ratio]:
    """A ratio for each step from one size to the next."""
    title = "all records and indexes lost" if lost else "clean"
    with ExitStack() as stack:
        runs = {}
        for size in sizes:
            say(f"making {size} models and {size} migrations …")
            apps = max(size // MIGRATIONS_PER_APP, 1)
            made = stack.enter_context(project(server, models=size, apps=apps, migrations=size))
            make_at_once(made)
            if lost:
                lose_records_and_indexes(made)
            runs[f"{title}, {size} migrations"] = made, CHECK
        names, seconds = list(runs), fastest(runs, rounds)
    for less, more, small, large in zip(names, names[1:], sizes, sizes[1:], strict=False):
        most = MOST_FOR_A_DOUBLING * large / small / 2
        yield Ratio(name=f"{more}, beside {small}", less=seconds[less], more=seconds[more], most=most)


def beside_base(server: Postgres, migrations: int, rounds: int) -> Iterator[Ratio]:
    """A clean check beside what Django itself does to know that nothing is pending."""
    say(f"making {MODELS} models and {migrations} migrations …")
    with project(server, models=MODELS, apps=APPS, migrations=migrations) as made:
        make_at_once(made)
        seconds = fastest({BASE.name: (made, BASE), CHECK.name: (made, CHECK)}, rounds)
    name = f"{MODELS} models, {migrations:,} migrations: `{CHECK.name}`, beside `{BASE.name}`"
    yield Ratio(name=name, less=seconds[BASE.name], more=seconds[CHECK.name], most=MOST_TIMES_BASE[migrations])


def ratios(server: Postgres, scenario: str, sizes: Sequence[int], rounds: int) -> Iterator[Ratio]:
    if scenario in ("lost", "clean"):
        return growing(server, sizes, rounds, lost=scenario == "lost")
    return beside_base(server, MANY_MIGRATIONS if scenario == "many" else MIGRATIONS, rounds)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description="Measures how a check grows.")
    parser.add_argument("--rounds", type=int, default=5, help="how often each command runs (default 5)")
    parser.add_argument("--only", choices=SCENARIOS, action="append", help="this scenario alone")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of migrations to grow through")
    options = parser.parse_args()
    print("| processor's time | less | more | times | at most | |\n|---|---|---|---|---|---|")
    every = []
    with postgres_server() as server:
        for scenario in options.only or SCENARIOS:
            for ratio in ratios(server, scenario, options.sizes, options.rounds):
                print(ratio, flush=True)
                every.append(ratio)
    return int(not all(ratio.holds for ratio in every))


if __name__ == "__main__":
    sys.exit(main())
