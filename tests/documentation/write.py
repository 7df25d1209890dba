"""Writes the outputs into the pages: `python -m tests.documentation.write [PAGE …]`, or `make docs-outputs`.

An output that a page shortened with `…`, and that still is what is printed, stays as it is.
"""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from tests.documentation.pages import DOCS, pages, scenes
from tests.documentation.perform import perform, same
from tests.harness.commands import close_fork_server
from tests.harness.servers import MYSQL_URL, Sqlite, mysql_server, postgres_server

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.documentation.pages import Block, Scene
    from tests.harness import Server


def written(page: Path, server: Callable[[str], Server | None]) -> str:
    """The text of a page with the outputs of all its scenes whose server is there."""
    text = page.read_text(encoding="utf-8")
    for scene in reversed(scenes(page, text)):
        there = server(scene.vendor)
        if there is None:
            print(f"  not run: no {scene.vendor} server", file=sys.stderr)
            continue
        for block, body in reversed([*zip(scene.blocks, _bodies(scene, there), strict=True)]):
            if body is not None:
                text = text[: block.start] + body + text[block.end :]
    return text


def _bodies(scene: Scene, server: Server) -> list[str | None]:
    """The new text of each block of a scene. None where it stays as it is."""
    with tempfile.TemporaryDirectory(prefix="schemaguard-docs-") as folder:
        outputs = [output for _, output in perform(scene, server, Path(folder))]
    bodies = []
    for block in scene.blocks:
        bodies.append(_body(block, outputs[: len(block.steps)]))
        del outputs[: len(block.steps)]
    return bodies


def _body(block: Block, outputs: list[str]) -> str | None:
    if not block.steps[0].compared or not block.steps[0].typed.startswith(("$", "shop", "mysql", "sqlite")):
        return None
    lines = []
    for step, output in zip(block.steps, outputs, strict=True):
        lines += step.typed.splitlines()
        kept = step.shown if step.shown and same(step.shown, output) else output
        lines += kept.splitlines()
    return "".join(f"{block.indent}{line}".rstrip() + "\n" for line in lines)


def main(names: list[str]) -> None:
    wanted = [Path(name).resolve() for name in names] or pages()
    with ExitStack() as stack:
        stack.callback(close_fork_server)
        servers: dict[str, Server | None] = {}

        def server(vendor: str) -> Server | None:
            if vendor not in servers:
                servers[vendor] = _started(vendor, stack)
            return servers[vendor]

        for page in wanted:
            if scenes(page):
                print(page.relative_to(DOCS))
                page.write_text(written(page, server), encoding="utf-8")


def _started(vendor: str, stack: ExitStack) -> Server | None:
    if vendor == "postgresql":
        return stack.enter_context(postgres_server())
    if vendor == "mysql":
        return stack.enter_context(mysql_server()) if os.environ.get(MYSQL_URL) else None
    return Sqlite(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="schemaguard-docs-"))))


if __name__ == "__main__":
    main(sys.argv[1:])
