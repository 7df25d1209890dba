"""Shows on a real PostgreSQL, started for the purpose, how a database loses its migration records and gets them back.

Run by `make demo`. It asks nothing, leaves nothing behind, and exits 1 at the first step that ends otherwise than told.
`make demo-mysql` tells another story with the same means (`demo/mysql.py`).
What it shows is in `demo/steps.py`; the project that it shows it on, in `demo/project`, of which it works on a copy.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from demo.steps import STEPS, Edit, Manage, Sql, Step
from tests.harness import Database, run_manage
from tests.harness.embedded import embedded_server

if TYPE_CHECKING:
    from collections.abc import Sequence

PROJECT = Path(__file__).parent / "project"

# The frames of a traceback, which say nothing about the database.
FRAMES = re.compile(r"(?<=Traceback \(most recent call last\):\n)(?:[ \t].*\n)+")


class Surprise(Exception):
    """A step ended otherwise than told."""


def main() -> int:
    with embedded_server() as admin:
        admin.execute("CREATE DATABASE shop")
        return tell(STEPS, PROJECT, replace(admin, name="shop"))


def tell(steps: Sequence[Step], files: Path, database: Database) -> int:
    """Carries the steps out on a copy of the project `files`. Returns 1 at the first that ends otherwise, else 0."""
    console = Console(highlight=False, soft_wrap=True)
    with tempfile.TemporaryDirectory(prefix="schemaguard-demo-") as folder:
        project = Path(shutil.copytree(files, Path(folder) / "project", ignore=shutil.ignore_patterns("__pycache__")))
        for number, step in enumerate(steps, start=1):
            console.print(f"\n[bold]{number}. {step.heading}[/bold]\n")
            try:
                perform(step, project, database, console)
            except Surprise as surprise:
                console.print(f"\n[bold red]The demo failed at step {number}:[/bold red]", Text(str(surprise)))
                return 1
    console.print("\n[bold green]Every step ended as told.[/bold green]")
    return 0


def perform(step: Step, project: Path, database: Database, console: Console) -> None:
    """Carries a step out, showing it; raises Surprise where it does not end as it must."""
    match step:
        case Manage():
            manage(step, project, database, console)
        case Sql():
            execute(step, database, console)
        case Edit():
            edit(step, project, console)


def manage(step: Manage, project: Path, database: Database, console: Console) -> None:
    console.print(Text(f"$ python manage.py {' '.join(step.argv)}", style="cyan"))
    env = {"FORCE_COLOR": "1"} if console.is_terminal else {}
    result = run_manage(database, *step.argv, settings="settings", env=env, manage=project / "manage.py")
    output = result.out + result.err
    console.print(Text.from_ansi(FRAMES.sub("  …\n", output).rstrip()))
    console.print(Text(f"[exit code {result.code}]", style="dim"))
    if result.code != step.code:
        raise Surprise(f"exit code {result.code}, expected {step.code}")
    if step.says not in output:
        raise Surprise(f"the output does not say: {step.says}")


def execute(step: Sql, database: Database, console: Console) -> None:
    prompt = "mysql>" if database.vendor == "mysql" else "shop=#"
    console.print(Text(f"{prompt} {step.sql};", style="cyan"))
    returned = tuple(database.execute(step.sql))
    for row in returned:
        console.print(Text(" | ".join(str(value) for value in row)))
    if step.returns is not None and returned != step.returns:
        raise Surprise(f"returned {returned}, expected {step.returns}")


def edit(step: Edit, project: Path, console: Console) -> None:
    """Changes the file, and shows the lines that are new."""
    path = project / step.file
    text = path.read_text(encoding="utf-8")
    if text.count(step.old) != 1:
        raise Surprise(f"{step.file} does not hold this once: {step.old}")
    path.write_text(text.replace(step.old, step.new), encoding="utf-8")
    changed = path.read_text(encoding="utf-8").splitlines()
    console.print(Text(f"# {step.file}", style="cyan"))
    for line in changed:
        if line not in text.splitlines():
            console.print(Text(f"+ {line}", style="green"))


if __name__ == "__main__":
    sys.exit(main())
