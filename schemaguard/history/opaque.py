"""Code and SQL that cannot be read for sure, but that can be read for names: what it may have altered is in doubt.

A RunPython may call the schema editor, a DO block may drop what it finds. Nothing is concluded from such an operation;
but a thing whose table and name it spells, beside words of DDL, may well have been its victim.
"""

from __future__ import annotations

import ast
import re
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from schemaguard.history.timeline import ColumnLine, ConstraintLine, Op, TableLine, reads

DROPS_COLUMN = re.compile(r"\bremove_field\(|\bDROP\s+COLUMN\b", re.IGNORECASE)
ALTERS_COLUMN = re.compile(r"\balter_field\(|\bALTER\s+COLUMN\b|\bMODIFY\s+COLUMN\b", re.IGNORECASE)
DROPS_CONSTRAINT = re.compile(
    r"\b(?:alter_(?:unique|index)_together|remove_(?:constraint|index)|alter_field)\(|_delete_\w+_sql\("
    r"|\bDROP\s+(?:CONSTRAINT|INDEX|FOREIGN\s+KEY)\b",
    re.IGNORECASE,
)
WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class OpaqueCode:
    """The words of one operation's code. `op` says when it ran; the rest, which kinds of DDL its text holds."""

    op: Op
    words: frozenset[str]
    drops_column: bool
    alters_column: bool
    drops_constraint: bool

    @classmethod
    def of(cls, op: Op, text: str) -> OpaqueCode | None:
        """None for a text that holds no DDL against things that exist."""
        drops, alters = bool(DROPS_COLUMN.search(text)), bool(ALTERS_COLUMN.search(text))
        constraint = bool(DROPS_CONSTRAINT.search(text))
        if not (drops or alters or constraint):
            return None
        return cls(op, frozenset(word.lower() for word in WORD.findall(text)), drops, alters, constraint)

    def may_touch(self, line: ColumnLine | ConstraintLine, *, there: bool) -> bool:
        """Whether this code, run after the thing was made, spells it, and may have altered (`there`) or dropped it."""
        if all(step.op is None or step.op > self.op for step in line.steps[1:]):
            return False
        if isinstance(line, ColumnLine):
            if not (self.alters_column if there else self.drops_column):
                return False
            names = {step.shape.name for step in line.steps if step.shape is not None}
            return self._spells_table(line.table) and any(self._spells(name) for name in names)
        if not self.drops_constraint:
            return False
        shapes = [step.shape for step in line.steps if step.shape is not None]
        if any(shape.name is not None and shape.name in self.words for shape in shapes):
            return True
        return self._spells_table(line.table) and any(
            reads(shape) and all(self._spells(name) for name in reads(shape)) for shape in shapes
        )

    def _spells(self, column: str) -> bool:
        """A foreign key's column is its field's name with `_id`."""
        lowered = column.lower()
        return lowered in self.words or (lowered.endswith("_id") and lowered[:-3] in self.words)

    def _spells_table(self, table: TableLine) -> bool:
        """By its name, or by the model's: `cms_pagecontent` is PageContent of cms."""
        for name in table.names:
            bare = name.rpartition('"."')[2].lower()
            if bare in self.words or any(bare[i + 1 :] in self.words for i, c in enumerate(bare) if c == "_"):
                return True
        return False


def opaque_module(op: Op, module: str) -> OpaqueCode | None:
    """The functions of a module, its Migration class left out; None where they hold no DDL."""
    path = getattr(sys.modules.get(module), "__file__", None)
    return OpaqueCode.of(op, _functions(path)) if path is not None else None


@lru_cache(maxsize=512)
def _functions(path: str) -> str:
    try:
        text = Path(path).read_text(encoding="utf-8")
        if not any(pattern.search(text) for pattern in (DROPS_COLUMN, ALTERS_COLUMN, DROPS_CONSTRAINT)):
            return ""
        lines = text.splitlines()
        for node in ast.parse(text).body:
            if isinstance(node, ast.ClassDef) and node.name == "Migration":
                lines[node.lineno - 1 : node.end_lineno] = [""] * ((node.end_lineno or node.lineno) - node.lineno + 1)
    except (OSError, SyntaxError, ValueError):
        return ""
    return "\n".join(lines)
