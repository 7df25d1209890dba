"""Where things stand in the project's files: the file and line of an operation, and whether code spells a name."""

from __future__ import annotations

import ast
import os
import re
import sys
from collections import deque
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.db.migrations.migration import Migration

DDL = re.compile(r"\b(CREATE|ALTER|ADD|RENAME)\b", re.IGNORECASE)
GAP = re.compile(r"\{\w*\}|%s|%\(\w+\)s")
NAMED = re.compile(
    r"\b(?:CREATE|ADD)\s+(?:\w+\s+){0,2}(?:INDEX|TABLE|COLUMN|CONSTRAINT)\s+(?:CONCURRENTLY\s+)?(?:IF\s+NOT\s+EXISTS\s+)?"
    rf"[\"`\\]*((?:\w|{GAP.pattern})+)",
    re.IGNORECASE,
)
"""A name that DDL gives, gaps to be filled in later among it: `CREATE INDEX {0}_{1}_fulltext ON …`."""


def file_of(migration: Migration) -> str | None:
    """The migration's file, relative to the working directory where it lies below it. None where there is none."""
    path = _path(type(migration).__module__)
    return relative(path) if path is not None else None


def relative(path: str) -> str:
    """As it is called from the working directory, where it lies below that."""
    name = path.rpartition(os.sep)[2]
    way = _way(Path.cwd(), path.removesuffix(name))
    return way + name if way is not None else path


@lru_cache(maxsize=1024)
def _way(start: Path, folder: str) -> str | None:
    """What to write before the name of a file in a folder below `start`: the files of an app have it in common."""
    try:
        return str(Path(folder).relative_to(start) / "_")[:-1]
    except ValueError:
        return None


def line_of(migration: Migration, index: int) -> int | None:
    """The line on which an operation begins, counted from 1. None where `operations` is no plain list."""
    path = _path(type(migration).__module__)
    lines = _lines(path) if path is not None else ()
    return lines[index] if index < len(lines) else None


def _path(module: str) -> str | None:
    loaded = sys.modules.get(module)
    return getattr(loaded, "__file__", None)


@lru_cache(maxsize=256)
def _lines(path: str) -> tuple[int, ...]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.List):
            if any(isinstance(target, ast.Name) and target.id == "operations" for target in node.targets):
                return tuple(each.lineno for each in node.value.elts)
    return ()


def class_line(path: str, qualified_name: str) -> int | None:
    """The line on which a class begins, with its first decorator, counted from 1. None where it is not in there."""
    return _class_lines(path).get(qualified_name)


@lru_cache(maxsize=256)
def _class_lines(path: str) -> Mapping[str, int]:
    """`inspect` reads the whole file again for each class: most of a report, where a file has a hundred models."""
    found: dict[str, int] = {}
    waiting: deque[tuple[str, ast.AST]] = deque(("", node) for node in _tree(path).body)
    while waiting:
        within, node = waiting.popleft()
        if isinstance(node, ast.ClassDef):
            first = node.decorator_list[0] if node.decorator_list else node
            found.setdefault(within + node.name, first.lineno)
            within += f"{node.name}."
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            within += f"{node.name}.<locals>."
        waiting += [
            (within, each) for each in ast.iter_child_nodes(node) if isinstance(each, ast.stmt | ast.excepthandler)
        ]
    return found


def _tree(path: str) -> ast.Module:
    """What a file holds, in whatever encoding it says; nothing where it cannot be read."""
    try:
        return ast.parse(Path(path).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return ast.Module(body=[], type_ignores=[])


class Code:
    """The code behind operations that cannot be read: their migrations, and the packages that they call."""

    def __init__(self, modules: Iterable[str]) -> None:
        self.modules = tuple(dict.fromkeys(modules))

    def spells(self, name: str) -> bool:
        """Whether that code holds DDL and this name, or a pattern of it: then the thing may well be its making."""
        word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
        return any(
            DDL.search(text) and (word.search(text) or any(each.fullmatch(name) for each in _patterns(text)))
            for text in self._texts()
        )

    def names_model(self, app_label: str, name: str) -> bool:
        """Whether a module of that code names the model, as `apps.get_model` is told."""
        app, model = re.escape(app_label), re.escape(name)
        named = re.compile(rf"""["']{app}["']\s*,\s*["']{model}["']|["']{app}\.{model}["']""", re.IGNORECASE)
        paths = filter(None, map(_path, self.modules))
        return any(named.search(Path(path).read_text(encoding="utf-8", errors="replace")) for path in paths)

    def _texts(self) -> Iterable[str]:
        paths = {module: path for module in self.modules if (path := _path(module)) is not None}
        for folder in dict.fromkeys(str(Path(path).parent) for path in paths.values()):
            yield from _beside(folder)
        for module, path in paths.items():
            yield from _imported(module, path)


@lru_cache(maxsize=4096)
def _patterns(text: str) -> tuple[re.Pattern[str], ...]:
    """The names with gaps that DDL in this text gives. One that is nearly all gap is left out: it fits all."""
    found = []
    for name in NAMED.findall(text):
        literal = GAP.split(name)
        if len(literal) > 1 and len("".join(literal).strip("_")) > 2:
            found.append(re.compile(r"\w+".join(map(re.escape, literal))))
    return tuple(found)


@lru_cache(maxsize=256)
def _imported(module: str, path: str) -> tuple[str, ...]:
    """The texts of the modules of its own package that a module imports names from."""
    package = module.partition(".")[0]
    body = _tree(path).body
    names = {each.module for each in body if isinstance(each, ast.ImportFrom) and each.module and not each.level}
    paths = {_path(name) for name in names if name.partition(".")[0] == package}
    return tuple(Path(each).read_text(encoding="utf-8", errors="replace") for each in sorted(filter(None, paths)))


@lru_cache(maxsize=64)
def _beside(folder: str) -> tuple[str, ...]:
    """The texts of all Python and SQL files of a folder and, for a migrations folder, of the app that it belongs to."""
    root = Path(folder)
    if root.name == "migrations":
        root = root.parent
    found = []
    for pattern in ("*.py", "*.sql"):
        for path in sorted(root.rglob(pattern))[:2000]:
            try:
                found.append(path.read_text(encoding="utf-8", errors="replace"))
            except OSError:
                continue
    return tuple(found)
