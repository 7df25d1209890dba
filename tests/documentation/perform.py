"""Carries the scenes of a page out: on a real database, by real commands."""

from __future__ import annotations

import re
import shlex
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demo.run import PROJECT as DEMO
from tests.harness.commands import Result, run_manage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.documentation.pages import Scene, Step
    from tests.harness import Database, Server

SHOP = Path(__file__).parent / "project"
TRACEBACK = re.compile(
    r"Traceback \(most recent call last\):\n(?:.*\n)*(?=(?:\w+\.)+\w+(?:Error|Exception|History)\b.*)"
)
ROWS = """
    INSERT INTO shop_customer (id, name, email) VALUES (1, 'Ada', 'ada@example.com');
    INSERT INTO shop_customer (id, name, email) VALUES (2, 'Grace', 'grace@example.com');
    INSERT INTO shop_product (id, code, price) VALUES (1, 'tea', 3);
    INSERT INTO shop_product (id, code, price) VALUES (2, 'jam', 4);
    INSERT INTO shop_order (id, customer_id, product_id, note) VALUES (1, 1, 2, 'no sugar');
"""
NUMBERS = "SELECT setval(pg_get_serial_sequence('{table}', 'id'), 100)"
TABLES = ("shop_customer", "shop_product", "shop_order")


def perform(scene: Scene, server: Server, folder: Path) -> Iterator[tuple[Step, str]]:
    """Carries a scene out, step by step, in a project below `folder`. Yields each step with what it printed."""
    project = prepared(scene, folder)
    with database_of(scene, server) as database:
        for block in scene.blocks:
            for step in block.steps:
                printed = _printed(step, database, project)
                failed = re.search(r"^(?:ERROR\b|\[exit code)", printed, re.MULTILINE)
                assert step.compared or not failed, f"a hidden step failed: {step.typed}\n{printed}"
                yield step, printed


def prepared(scene: Scene, folder: Path) -> Path:
    """A copy of the project's files."""
    source = DEMO if scene.what.startswith("demo") else SHOP
    project = folder / "shop"
    shutil.copytree(source, project, ignore=shutil.ignore_patterns("__pycache__"))
    return project


@contextmanager
def database_of(scene: Scene, server: Server) -> Iterator[Database]:
    """A fresh database: empty, or with all migrations run and some rows."""
    empty = scene.what.startswith("demo") or "empty" in scene.what

    def build(database: Database) -> None:
        _manage(database, SHOP, "migrate").expect(0)
        for statement in ROWS.strip().splitlines():
            database.execute(statement)
        for table in TABLES if database.vendor == "postgresql" else ():
            database.execute(NUMBERS.format(table=table))

    with server.fresh(None if empty else server.template("shop of the documentation", build)) as database:
        yield database


def _printed(step: Step, database: Database, project: Path) -> str:
    """What a step prints, as a page shows it."""
    if step.argv is not None:
        env = {"WITHOUT_SCHEMAGUARD": "1"} if step.without_schemaguard else {}
        result = _manage(database, project, *shlex.split(step.argv), **env)
        end = [f"[exit code {result.code}]"] if result.code else []
        lines = [*(result.out + result.err).splitlines(), *end]
        return _anonymous("\n".join(line.rstrip() for line in lines).strip("\n"), database, project)
    if step.sql is not None:
        return _anonymous("\n".join(_queried(database, step.sql)), database, project)
    if step.typed.startswith("$ "):
        return _shell(step.typed[2:], project)
    edit(project, step.typed)
    return ""


def _manage(database: Database, project: Path, *argv: str, **env: str) -> Result:
    settings = "settings"
    variables = {**env, "SCHEMAGUARD_DB_ENGINE": database.settings["ENGINE"]}
    return run_manage(database, *argv, settings=settings, env=variables, manage=project / "manage.py", fork=True)


def _queried(database: Database, sql: str) -> Iterator[str]:
    """The rows, as the server's own client would show them, without its frame."""
    try:
        rows = database.execute(sql.rstrip(";"))
    except Exception as error:  # noqa: BLE001 (the driver's own, which the page shows)
        yield from _refusal(error)
        return
    for row in rows:
        yield " | ".join("NULL" if value is None else str(value) for value in row)


def _refusal(error: Exception) -> Iterator[str]:
    """As the server's own client prints it."""
    if len(error.args) == 2:  # MySQL: a number and a sentence
        yield f"ERROR {error.args[0]}: {error.args[1]}"
        return
    first, *more = str(error).splitlines()
    yield f"ERROR:  {first}"
    yield from more


def _shell(line: str, project: Path) -> str:
    """The few words of a shell that the pages use, without a shell."""
    match shlex.split(line):
        case ["rm", name]:
            (project / name).unlink()
        case ["cat", name]:
            return (project / name).read_text(encoding="utf-8").strip("\n")
        case ["mv", old, new]:
            (project / old).rename(project / new)
        case ["ls", name]:
            return "\n".join(sorted(path.name for path in (project / name).iterdir() if path.name[0] not in "_."))
        case words:
            raise AssertionError(f"no page may type this: {words}")
    return ""


def edit(project: Path, diff: str) -> None:
    """Applies a diff in the form of a page: one place of one file; without `-` and context, a file is made."""
    first, *lines = diff.splitlines()
    path = project / first.removeprefix("--- ")
    old = "".join(f"{line[1:]}\n" for line in lines if line[:1] in (" ", "-"))
    new = "".join(f"{line[1:]}\n" for line in lines if line[:1] in (" ", "+"))
    if not old:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(new, encoding="utf-8")
        return
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{path.name} does not hold this once:\n{old}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def _anonymous(text: str, database: Database, project: Path) -> str:
    """Without what is this run's alone: the name of the database, folders, the frames of a traceback."""
    text = TRACEBACK.sub("Traceback (most recent call last):\n  …\n", text)
    text = re.sub(r"\S+ on \S+(?=, schemaguard)", "deploy on web-1", text)
    text = text.replace(str(project.resolve()), "/srv/shop").replace(str(project), "/srv/shop")
    return text.replace(database.name, "/srv/shop/db.sqlite3" if database.vendor == "sqlite" else "shop")


# --------------------------------------------------------------------------------------------------------- comparing
VARIES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b(postgresql|sqlite) \d+(?:\.\d+)*"), r"\1 …"),
    (re.compile(r"\b(?:mysql|mariadb) \d+(?:\.\d+)*"), "mysql …"),
    (re.compile(r"schemaguard \d+\.\d+\S*"), "schemaguard …"),
    (re.compile(r" \(\d+\.\d+ s\)"), ""),
    (re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?"), "…"),
    (re.compile(r"sha256:[0-9a-f]+"), "sha256:…"),
    # PyMySQL has other classes for some of the server's errors than mysqlclient.
    (re.compile(r"django\.db\.utils\.\w+Error: (?=\(\d{4}, )"), ""),
)


def same(shown: str, printed: str) -> bool:
    """Whether a page shows what was printed. `…` on the page stands for any text; a line of it, for any lines."""
    for pattern, by in VARIES:
        shown, printed = pattern.sub(by, shown), pattern.sub(by, printed)
    expected = "".join("(?:.*\n)*?" if line.strip() == "…" else f"{_line(line)}\n" for line in _lines(shown))
    return re.fullmatch(expected, "".join(f"{line}\n" for line in _lines(printed))) is not None


def _line(line: str) -> str:
    return "[^\n]*".join(re.escape(part) for part in line.split("…"))


def _lines(text: str) -> list[Any]:
    """Without what nobody sees: blank lines and spaces at the ends."""
    return [line.rstrip() for line in text.splitlines() if line.strip()]
