"""Measures `schemaguard check` on many schemas of one database, and whether it names those that are otherwise.

    python -m benchmarks.fleet                    1,000 schemas of 30 models
    python -m benchmarks.fleet --schemas 200      fewer

Five are not provisioned, three have half of a migration, twelve are behind, and one has a column of its own. Makes them
with the server's `pg_dump`. Prints Markdown; fails where a bound is not kept: at most 8 times as long for each 100
schemas as one `check` of one of them, and less than 400 MB.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.run import CHECK, Project, project, say
from tests.fleet.tenants import clone
from tests.harness.servers import postgres_server

if TYPE_CHECKING:
    from collections.abc import Sequence

MODELS, APPS, MIGRATIONS = 30, 3, 21
SCHEMAS = 1000
FIRST = "tenant_0001"
MOST_TIMES = 8.0
"""As long as one check, for each 100 schemas."""
MOST_MB = 400
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


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fleet", description="Measures check on many schemas.")
    parser.add_argument("--schemas", type=int, default=SCHEMAS)
    number = parser.parse_args().schemas
    with postgres_server() as server, project(server, models=MODELS, apps=APPS, migrations=MIGRATIONS) as tenants:
        different = make(tenants, number)
        one = min(timed(tenants, (), PGOPTIONS=f"-c search_path={FIRST}")[0] for _ in range(ROUNDS))
        file = Path(tenants.path) / "document.json"
        many, megabytes = timed(tenants, ("--schema", "tenant_*", "--format", "json", "--output", str(file)))
        right = named_rightly(json.loads(file.read_text()), different, number)
    times = many / one / (number / 100)
    print(f"| {number} schemas | one check | times for each 100 | memory | named rightly |\n|--:|--:|--:|--:|---|")
    print(f"| {many:.1f} s | {one:.2f} s | {times:.1f} | {megabytes:.0f} MB | {'yes' if right else 'no'} |")
    return int(times > MOST_TIMES or megabytes > MOST_MB or not right)


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
