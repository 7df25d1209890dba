"""Measures `schemaguard check` on many schemas and databases, and whether it names those that are otherwise.

    python -m benchmarks.fleet                    1,000 schemas of 30 models
    python -m benchmarks.fleet --schemas 200      fewer
    python -m benchmarks.fleet databases          200 databases: half SQLite files, half PostgreSQL
    python -m benchmarks.fleet reports            the reports on 10,000 targets: seconds, bytes, memory

Of the schemas five are not provisioned, three have half of a migration, twelve are behind, and one has a column of its
own. Makes them with the server's `pg_dump`. Prints Markdown; fails where a bound is not kept: at most 8 times as long
for each 100 schemas as one `check` of one of them, and less than 400 MB, with no more than 40 MB for ten times as many;
reports of HTML below 1 MB.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.run import CHECK, Project, project, say
from schemaguard.report import FORMATS
from tests.fleet.tenants import clone
from tests.harness.servers import postgres_server

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.harness.servers import Postgres

MODELS, APPS, MIGRATIONS = 30, 3, 21
SCHEMAS, DATABASES, TARGETS = 1000, 200, 10_000
FIRST = "tenant_0001"
MOST_TIMES = 8.0
"""As long as one check, for each 100 schemas."""
MOST_MB = 400
MOST_MORE_MB = 40
MOST_BYTES = 1_000_000
EMPTY, HALF, BEHIND, OWN = 5, 3, 12, 1
ROUNDS = 3


def make(tenants: Project, number: int) -> dict[str, list[str]]:
    """The schemas, with what is otherwise in some of them: what it is → their names."""
    say(f"making {number} schemas …")
    database = tenants.database
    app, migration, table = with_two_columns(tenants)
    database.script(f"CREATE SCHEMA {FIRST}")
    env = {**tenants.environment, "BENCH_APPS": CHECK.app, "PGOPTIONS": f"-c search_path={FIRST}"}
    subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], cwd=tenants.path, env=env, check=True)
    names = [f"tenant_{n:04d}" for n in range(1, number + 1)]
    clone(database, FIRST, names[1:])
    different = iter(names[1:])
    found = {
        what: [next(different) for _ in range(many)]
        for what, many in (("empty", EMPTY), ("half", HALF), ("behind", BEHIND), ("own", OWN))
    }
    for name in found["empty"]:
        database.script(f"DROP SCHEMA {name} CASCADE; CREATE SCHEMA {name}")
    for what in ("half", "behind"):
        for name in found[what]:
            one = ", DROP COLUMN bench_one" if what == "behind" else ""
            database.script(
                f"ALTER TABLE {name}.{table} DROP COLUMN bench_two{one};"
                f"DELETE FROM {name}.django_migrations WHERE (app, name) = ('{app}', '{migration}')"
            )
    for name in found["own"]:
        database.script(f"ALTER TABLE {name}.{table} ADD COLUMN own_note text")
    database.execute("VACUUM ANALYZE")
    return found


TWO_COLUMNS = """\
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [({app!r}, {last!r})]
    operations = [
        migrations.AddField({model!r}, "bench_one", models.IntegerField(null=True)),
        migrations.AddField({model!r}, "bench_two", models.IntegerField(null=True)),
    ]
"""


def with_two_columns(tenants: Project) -> tuple[str, str, str]:
    """Adds a last migration to the first app, which adds two columns; returns its app and name, and the table."""
    folder = min(each for each in tenants.path.glob("app*") if each.is_dir())
    app, last = folder.name, max(each.stem for each in (folder / "migrations").glob("0*.py"))
    models = (folder / "models.py").read_text()
    model = re.findall(r"^class (\w+)", models, re.MULTILINE)[0]
    (folder / "models.py").write_text(
        models.replace(
            f"class {model}(models.Model):\n",
            f"class {model}(models.Model):\n    bench_one = models.IntegerField(null=True)\n"
            "    bench_two = models.IntegerField(null=True)\n",
        )
    )
    (folder / "migrations" / "9000_two_columns.py").write_text(
        TWO_COLUMNS.format(app=app, last=last, model=model.lower())
    )
    return app, "9000_two_columns", f"{app}_{model.lower()}"


def timed(tenants: Project, argv: Sequence[str], **more: str) -> tuple[float, float]:
    """Seconds, and the most megabytes of any of its processes."""
    env = {**tenants.environment, "BENCH_APPS": CHECK.app, **more}
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "manage.py", "schemaguard", "check", *argv], cwd=tenants.path, env=env, stdout=output
        )
        _, status, used = os.wait4(process.pid, 0)
    assert os.waitstatus_to_exitcode(status) in (0, 1), argv
    return time.perf_counter() - start, used.ru_maxrss / 1024


def schemas(number: int) -> bool:
    with postgres_server() as server, project(server, models=MODELS, apps=APPS, migrations=MIGRATIONS) as tenants:
        different = make(tenants, number)
        one = min(timed(tenants, (), PGOPTIONS=f"-c search_path={FIRST}")[0] for _ in range(ROUNDS))
        file = Path(tenants.path) / "document.json"
        _, few = timed(tenants, ("--schema", "tenant_*0", "--format", "json", "--output", str(file)))
        many, megabytes = timed(tenants, ("--schema", "tenant_*", "--format", "json", "--output", str(file)))
        right = named_rightly(json.loads(file.read_text()), different, number)
    times = many / one / (number / 100)
    print("| schemas | time | one check | times for each 100 | memory | of a tenth of them | named rightly |")
    print("|--:|--:|--:|--:|--:|--:|---|")
    told = f"{times:.1f} | {megabytes:.0f} MB | {few:.0f} MB | {'yes' if right else 'no'}"
    print(f"| {number} | {many:.1f} s | {one:.2f} s | {told} |")
    return times <= MOST_TIMES and megabytes <= MOST_MB and megabytes - few <= MOST_MORE_MB and right


# ----------------------------------------------------------------------------------------------------------- databases
SETTINGS = """
DATABASES.update({{
    f"file{{n:03d}}": {{"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / f"file{{n:03d}}.sqlite3"}}
    for n in range({number})
}})
DATABASES.update({{
    f"server{{n:03d}}": {{**DATABASES["default"], "NAME": f"{name}_{{n:03d}}"}} for n in range({number})
}})
"""


def databases(number: int) -> bool:
    """Half of them are SQLite files, half are databases of one PostgreSQL; one of each kind has lost a record."""
    half = number // 2
    with postgres_server() as server, project(server, models=MODELS, apps=APPS, migrations=MIGRATIONS) as fleet:
        settings = next(each for each in fleet.path.rglob("settings.py"))
        text = settings.read_text()
        if "BASE_DIR" not in text:
            text = f"from pathlib import Path\n\nBASE_DIR = Path(__file__).resolve().parent\n{text}"
        settings.write_text(text + SETTINGS.format(number=half, name=fleet.database.name))
        names = [f"{fleet.database.name}_{n:03d}" for n in range(half)]
        try:
            make_databases(fleet, server, settings.parent, names)
            one = min(timed(fleet, ())[0] for _ in range(ROUNDS))
            file = Path(fleet.path) / "document.json"
            argv = ("--all-databases", "--jobs", "2", "--format", "json", "--output", str(file))
            many, megabytes = timed(fleet, argv)
        finally:
            for name in names:
                server.admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        found = {each["database"]["alias"]: each.get("verdict") for each in json.loads(file.read_text())["targets"]}
    lost = {"file001", "server001"}
    right = len(found) == 2 * half + 1 and all(
        verdict == ("reconcilable" if alias in lost else "in_sync") for alias, verdict in found.items()
    )
    print("| databases | time | one check | memory | named rightly |\n|--:|--:|--:|--:|---|")
    print(f"| {number} | {many:.1f} s | {one:.2f} s | {megabytes:.0f} MB | {'yes' if right else 'no'} |")
    return right and megabytes <= MOST_MB


def make_databases(fleet: Project, server: Postgres, folder: Path, names: Sequence[str]) -> None:
    say(f"making {2 * len(names)} databases …")
    env = {**fleet.environment, "BENCH_APPS": CHECK.app}
    for alias in ("default", "file000"):
        migrate = [sys.executable, "manage.py", "migrate", "-v", "0", "--database", alias]
        subprocess.run(migrate, cwd=fleet.path, env=env, check=True)
    forget = "DELETE FROM django_migrations WHERE id = (SELECT max(id) FROM django_migrations)"
    for number, name in enumerate(names):
        server.admin.execute(f"CREATE DATABASE {name} TEMPLATE {fleet.database.name}")
        if number:
            shutil.copy(folder / "file000.sqlite3", folder / f"file{number:03d}.sqlite3")
    replace(server.admin, name=names[1]).execute(forget)
    with closing(sqlite3.connect(folder / "file001.sqlite3")) as connection, connection:
        connection.execute(forget)


# ------------------------------------------------------------------------------------------------------------- reports
def reports(number: int) -> bool:
    """Of outcomes that are made up: targets of five kinds, and targets each of which is different."""
    print("| targets | ways | format | time | size | memory |\n|--:|--:|---|--:|--:|--:|")
    kept = True
    for ways in (5, number):
        for name in FORMATS:
            argv = [sys.executable, "-m", "benchmarks.fleet_reports", str(number), str(ways), name]
            told = subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split()
            seconds, size, megabytes = float(told[0]), int(told[1]), float(told[2])
            row = f"{number:,} | {ways:,} | {name} | {seconds:.1f} s | {size / 1e6:.2f} MB | {megabytes:.0f} MB"
            print(f"| {row} |", flush=True)
            kept &= name != "html" or size < MOST_BYTES
    return kept


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fleet", description="Measures check on many.")
    parser.add_argument("what", nargs="?", default="schemas", choices=("schemas", "databases", "reports"))
    parser.add_argument("--schemas", type=int, default=SCHEMAS)
    parser.add_argument("--databases", type=int, default=DATABASES)
    parser.add_argument("--targets", type=int, default=TARGETS)
    given = parser.parse_args()
    kept = {
        "schemas": lambda: schemas(given.schemas),
        "databases": lambda: databases(given.databases),
        "reports": lambda: reports(given.targets),
    }[given.what]()
    return int(not kept)


def named_rightly(document: object, different: dict[str, list[str]], number: int) -> bool:
    """Whether each schema has the verdict that it should have."""
    assert isinstance(document, dict)
    verdicts = {each["database"]["schema"]: each.get("verdict") for each in document["targets"]}
    counts = {name: len(each["findings"]) for each in document["targets"] for name in [each["database"]["schema"]]}
    expected = {"empty": "pending", "half": "reconcilable", "behind": "pending", "own": "in_sync"}
    otherwise = {name: expected[what] for what, names in different.items() for name in names}
    own = all(counts[name] for name in different["own"])
    return len(verdicts) == number and own and all(
        verdict == otherwise.get(name, "in_sync") for name, verdict in verdicts.items()
    )  # fmt: skip


if __name__ == "__main__":
    raise SystemExit(main())
