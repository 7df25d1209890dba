"""Reads the pages of `docs/`: the blocks in them that are run, and what they show.

A page is Markdown. Comments, which the site does not show, say what is run:

    <!-- scene: postgresql -->          a fresh copy of `project/`, migrated, with rows; what follows happens to it
    <!-- scene: postgresql, empty -->   the same on an empty database
    <!-- scene: mysql, mariadb 10.7 alone -->   what MySQL, or an older MariaDB, says in other words or does not say
    <!-- scene: demo -->                the project of `make demo`, on an empty PostgreSQL
    <!-- hidden: …console… -->          steps that the page does not show, and whose output is not compared
    <!-- without schemaguard -->        the next block runs in the project as it was before schemaguard was installed
    <!-- end of scene -->               what follows is not run

Within a scene every block `console` is run. A line that begins with a prompt is a step (`$ python manage.py …`, or SQL
after `shop=#`, `mysql>` or `sqlite>`). The lines until the next prompt are its output, with `[exit code N]` at the end
where that is not 0. A block `diff` that begins with `--- FILE` is an edit of that file. `…` in an output stands for any
text, and as a line of its own for any lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = Path(__file__).parents[2] / "docs"
TOKEN = re.compile(
    r"^<!-- scene: (?P<scene>[^>]+?) -->$"
    r"|^<!-- hidden: ?\n(?P<hidden>.*?)^-->$"
    r"|^(?P<without><!-- without schemaguard -->)$"
    r"|^(?P<end><!-- end of scene -->)$"
    r"|^(?P<indent> *)(?P<fence>`{3,})(?P<language>[^\n`]*)\n(?P<body>.*?)^(?P=indent)(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)
SHELL = "$ python manage.py "
SQL = re.compile(r"(?:shop=#|mysql>|sqlite>) (?P<sql>.+)")
REST = re.compile(r"(?:shop-#|    ->|   \.\.\.>) (?P<sql>.+)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One thing that is done, and what the page says that it prints. `typed` is the line with its prompt."""

    typed: str
    shown: str
    compared: bool
    without_schemaguard: bool

    @property
    def argv(self) -> str | None:
        """The words after `manage.py`. None where it is SQL or an edit."""
        return self.typed.removeprefix(SHELL) if self.typed.startswith(SHELL) else None

    @property
    def sql(self) -> str | None:
        first, *rest = self.typed.splitlines()
        found = SQL.fullmatch(first)
        if found is None:
            return None
        more = [match["sql"] for match in map(REST.fullmatch, rest) if match]
        return "\n".join([found["sql"], *more])


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """A block of a page: its steps, and where its text begins and ends in the page."""

    steps: tuple[Step, ...]
    start: int
    end: int
    indent: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """What happens to one fresh project, in the order of the page. `number` counts the scenes of a page from 1."""

    page: Path
    number: int
    what: str
    blocks: tuple[Block, ...]

    @property
    def vendor(self) -> str:
        first = self.what.split(",")[0]
        return "postgresql" if first == "demo" else first

    def __str__(self) -> str:
        return f"{self.page.relative_to(DOCS).with_suffix('').as_posix()}-{self.number}-{self.vendor}"


def pages() -> list[Path]:
    return sorted(path for path in DOCS.rglob("*.md") if "_build" not in path.parts)


def scenes(page: Path, text: str | None = None) -> list[Scene]:
    """The scenes of a page, in their order."""
    text = page.read_text(encoding="utf-8") if text is None else text
    found: list[tuple[str, list[Block]]] = []
    running, without = False, False
    for token in TOKEN.finditer(text):
        if token["scene"]:
            found.append((token["scene"], []))
            running = True
        elif token["end"]:
            running = False
        elif token["without"]:
            without = True
        elif running:
            block = _block(token, without)
            if block is not None:
                found[-1][1].append(block)
                without = False
    return [
        Scene(page=page, number=number, what=what, blocks=tuple(blocks))
        for number, (what, blocks) in enumerate(found, start=1)
    ]


def blocks_not_run(page: Path) -> list[str]:
    """The blocks `console` that stand in no scene."""
    text = page.read_text(encoding="utf-8")
    run = {block.start for scene in scenes(page, text) for block in scene.blocks}
    return [
        token["body"]
        for token in TOKEN.finditer(text)
        if (token["language"] or "").strip() == "console" and token.start("body") not in run
    ]


def _block(token: re.Match[str], without: bool) -> Block | None:
    if token["hidden"] is not None:
        steps = tuple(_steps(token["hidden"], compared=False, without=without))
        return Block(steps=steps, start=token.start("hidden"), end=token.end("hidden"))
    body, indent = token["body"], token["indent"]
    body = re.sub(rf"^{indent}", "", body, flags=re.MULTILINE)
    span = {"start": token.start("body"), "end": token.end("body")}
    match token["language"].strip():
        case "console":
            return Block(steps=tuple(_steps(body, compared=True, without=without)), indent=indent, **span)
        case "diff":
            step = Step(typed=body, shown="", compared=True, without_schemaguard=False)
            return Block(steps=(step,), indent=indent, **span)
        case _:
            return None


def _steps(body: str, *, compared: bool, without: bool) -> Iterator[Step]:
    typed: list[str] = []
    shown: list[str] = []

    def step() -> Step:
        return Step(typed="\n".join(typed), shown="\n".join(shown), compared=compared, without_schemaguard=without)

    for line in body.splitlines():
        if line.startswith(("$ ", "--- ")) or SQL.fullmatch(line):
            if typed:
                yield step()
            typed, shown = [line], []
        elif typed and not shown and (REST.fullmatch(line) or typed[0].startswith("--- ")):
            typed.append(line)
        else:
            assert typed, f"no prompt before this line: {line!r}"
            shown.append(line)
    if typed:
        yield step()
