"""Code and SQL that cannot be read for sure, but that can be read for names: what it may have altered is in doubt.

A RunPython may call the schema editor, a DO block may drop what it finds. Nothing is concluded from such an operation;
but a thing whose table and name it spells, beside words of DDL, may well have been its victim.
"""

from __future__ import annotations

import ast
import re
import sys
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db.models.signals import post_migrate, pre_migrate

from schemaguard.history.object_timeline import ColumnTimeline, ConstraintTimeline, Op, TableTimeline
from schemaguard.history.receivers import receivers
from schemaguard.schema.kinds import Kind
from schemaguard.schema.names import bare
from schemaguard.schema.objects import Column, Constraint, reads
from schemaguard.schema.values import value

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

# The word COLUMN may be left out, where the statement has begun as one about a table.
ALTER_TABLE = r"\bALTER\s+TABLE\b[^;]{1,500}?"
DROPS_COLUMN = re.compile(
    rf"\bremove_field\(|\bDROP\s+COLUMN\b|{ALTER_TABLE}\bDROP\s+"
    r"(?!(?:CONSTRAINT|INDEX|KEY|FOREIGN|PRIMARY|CHECK|DEFAULT|NOT|IDENTITY|EXPRESSION|PARTITION)\b)[\w`\"%{]",
    re.IGNORECASE,
)
ALTERS_COLUMN = re.compile(
    rf"\balter_field\(|\b(?:ALTER|MODIFY|CHANGE)\s+COLUMN\b|{ALTER_TABLE}\b(?:ALTER|MODIFY|CHANGE)\s+[\w`\"%{{]",
    re.IGNORECASE,
)
ALTERS_BY_FIELD = re.compile(r"\balter_field\(")
ALTERS_TABLE = re.compile(r"\bROW\s+LEVEL\s+SECURITY\b|\bSET\s+(?:UN)?LOGGED\b", re.IGNORECASE)
DEFINES = re.compile(
    r"\b(?:CREATE|REPLACE|DROP|ALTER|ENABLE|DISABLE)\s+(?:\w+\s+){0,2}(?:VIEW|TRIGGER|FUNCTION|PROCEDURE|ROUTINE|RULE|TYPE"
    r"|DOMAIN|SEQUENCE|EXTENSION|COLLATION|POLICY|PUBLICATION)\b",
    re.IGNORECASE,
)
CASCADES = re.compile(r"\bCASCADE\b")
ANY = frozenset(Kind)
DROPS_CONSTRAINT: Mapping[re.Pattern[str], frozenset[Kind]] = {
    re.compile(pattern, re.IGNORECASE): kinds
    for pattern, kinds in {
        r"\balter_unique_together\(|_delete_unique_sql\(": frozenset({Kind.UNIQUE}),
        r"\b(?:alter_index_together|remove_index)\(|_delete_index_sql\(|\bDROP\s+INDEX\b": frozenset(
            {Kind.INDEX, Kind.UNIQUE}
        ),
        r"_delete_fk_sql\(|\bDROP\s+FOREIGN\s+KEY\b": frozenset({Kind.FOREIGN_KEY}),
        r"_delete_check_sql\(": frozenset({Kind.CHECK}),
        r"\b(?:remove_constraint|alter_field|remove_field)\(|_delete_(?:composed|constraint|primary)_\w+\("
        r"|\bDROP\s+(?:CONSTRAINT|COLUMN)\b": ANY,
    }.items()
}
"""What drops a constraint or an index, and of which kinds those may be."""
TELLING = (DROPS_COLUMN, ALTERS_COLUMN, ALTERS_TABLE, DEFINES, CASCADES, *DROPS_CONSTRAINT)
"""A text without any of these is no DDL against things that exist."""
FIRST_WORDS = frozenset(
    {
        "alter", "alter_field", "alter_index_together", "alter_unique_together", "cascade", "create", "disable", "drop",
        "enable", "logged", "modify", "remove_constraint", "remove_field", "remove_index", "replace", "row", "unlogged",
    }
)  # fmt: skip
"""What is TELLING has one of these words, or `_delete_`. To look for them is twenty times as fast."""
AT_LARGE = {"call_command", "get_models", "import_module", "__import__"}
"""Code with one of these words may write anywhere."""
WORD = re.compile(r"\w+")


@value(frozen=True, slots=True)
class OpaqueCode:
    """The words of one operation's code. `op` says when it ran; the rest, which kinds of DDL its text holds."""

    op: Op
    words: frozenset[str]
    drops_column: bool
    alters_column: bool
    alters_by_field: bool
    drops_constraint: frozenset[Kind]
    defines: bool = False
    """Whether it makes, replaces, drops or switches a view, a function, a trigger or a rule."""
    cascades: bool = False
    alters_tables: bool = False
    """Whether it switches row level security, or what is logged: of any table, since such code goes over many."""

    @classmethod
    def about_tables(cls, op: Op) -> OpaqueCode:
        return cls(op, frozenset(), False, False, False, frozenset(), alters_tables=True)

    @classmethod
    def about_others(cls, op: Op, text: str) -> OpaqueCode:
        """What a third party's operation is told, whatever it does with it."""
        return cls(op, _words(text), False, False, False, frozenset(), defines=True)

    @classmethod
    def of(cls, op: Op, text: str) -> OpaqueCode | None:
        """None for a text that holds no DDL against things that exist."""
        drops, alters = bool(DROPS_COLUMN.search(text)), bool(ALTERS_COLUMN.search(text))
        constraint = frozenset[Kind]().union(*(kinds for each, kinds in DROPS_CONSTRAINT.items() if each.search(text)))
        tables, defines, cascades = (bool(each.search(text)) for each in (ALTERS_TABLE, DEFINES, CASCADES))
        if not (drops or alters or constraint or tables or defines or cascades):
            return None
        words = _words(text)
        by_field = bool(ALTERS_BY_FIELD.search(text))
        return cls(op, words, drops, alters, by_field, constraint, defines, cascades, tables)

    def may_redefine(self, name: str, needs: Collection[str]) -> bool:
        """Whether it spells a thing of SQL, or drops with CASCADE what that is made of."""
        if self.defines and name.lower() in self.words:
            return True
        return self.cascades and any(each.lower() in self.words for each in needs)

    def may_touch(self, timeline: ColumnTimeline | ConstraintTimeline, actual: Column | Constraint | None) -> bool:
        """Whether this code, run after the thing was made, spells it, and may have made it what it is (None: gone)."""
        if all(step.op is None or step.op > self.op for step in timeline.steps[1:]):
            return False
        if isinstance(timeline, ColumnTimeline):
            if not (self._may_have_given(timeline, actual) if isinstance(actual, Column) else self.drops_column):
                return False
            names = {step.shape.name for step in timeline.steps if step.shape is not None}
            return spells_table(self.words, timeline.table) and any(self._spells(name) for name in names)
        shapes = [step.shape for step in timeline.steps if step.shape is not None]
        if not any(shape.kind in self.drops_constraint for shape in shapes):
            return False
        if any(shape.name is not None and shape.name.lower() in self.words for shape in shapes):
            return True
        return spells_table(self.words, timeline.table) and any(
            reads(shape) and all(self._spells(name) for name in reads(shape)) for shape in shapes
        )

    def _may_have_given(self, timeline: ColumnTimeline, actual: Column) -> bool:
        """SQL spells the type and the NULL that it gives. Code that alters a field need not say what they will be."""
        if self.alters_by_field or not self.alters_column:
            return self.alters_by_field
        if timeline.shape is not None and timeline.shape.nullable is not actual.nullable and "null" not in self.words:
            return False
        numbers = re.findall(r"\d+", actual.type)
        return self.words.issuperset(numbers) if numbers else not self.words.isdisjoint(WORD.findall(actual.type))

    def _spells(self, column: str) -> bool:
        """A foreign key's column is its field's name with `_id`."""
        lowered = column.lower()
        return lowered in self.words or (lowered.endswith("_id") and lowered[:-3] in self.words)


def spells_table(words: Collection[str], table: TableTimeline) -> bool:
    """Whether these words of code name it, by its name or by the model's: `cms_pagecontent` is PageContent of cms."""
    for name in table.names:
        word = bare(name).lower()
        if word in words or any(word[i + 1 :] in words for i, c in enumerate(word) if c == "_"):
            return True
    return False


def _words(text: str) -> frozenset[str]:
    return frozenset(word.lower() for word in WORD.findall(text))


def may_tell(text: str) -> bool:
    """False only where none of TELLING is found in it."""
    return "_delete_" in text.lower() or not FIRST_WORDS.isdisjoint(_words(text))


def opaque_function(op: Op, function: Any) -> OpaqueCode | None:
    """A function with all of its module that it calls or names. None where that holds no DDL.

    A callable that its module does not define under that name (a partial, an object) may do all that the module does.
    """
    path = _file_of(function)
    return OpaqueCode.of(op, _text(_telling_parts(path), function)) if path is not None else None


def words_of(code: Any) -> frozenset[str] | None:
    """Those of SQL, or of a function with all of its module that it names; None where that cannot be read."""
    if not callable(code):
        return _words(str(code))
    parts = _parts(_file_of(code) or "")
    return _words(_text(parts, code)) if getattr(code, "__qualname__", "") in parts else None


def is_closed(function: Any) -> bool:
    """Whether a function does nothing that cannot be read in its module, but for what it calls of Django.

    It is not, if it names something that its module imports from elsewhere, or goes over models without naming them.
    """
    words, imported = words_of(function), _imported(_file_of(function) or "")
    return words is not None and "*" not in imported and words.isdisjoint(imported | AT_LARGE)


def _file_of(function: Any) -> str | None:
    module = getattr(function, "__module__", None) or ""
    return getattr(sys.modules.get(module), "__file__", None)


def handlers() -> Iterator[Any]:
    """What a project runs after each `migrate`, whose code may go on with the schema where its migrations end."""
    for signal in (pre_migrate, post_migrate):
        for each in receivers(signal):
            if not (getattr(each, "__module__", None) or "django.").startswith(("django.", "schemaguard.")):
                yield each


def _text(parts: Mapping[str, tuple[str, frozenset[str]]], function: Any) -> str:
    name = getattr(function, "__qualname__", "")
    if name not in parts:
        return "\n".join(text for text, _ in parts.values())
    wanted, queue = {}, [name]
    while queue:
        each = queue.pop()
        if each in parts and each not in wanted:
            wanted[each], names = parts[each]
            queue += names
    return "\n".join(wanted.values())


@lru_cache(maxsize=512)
def _telling_parts(path: str) -> Mapping[str, tuple[str, frozenset[str]]]:
    """As `_parts`; nothing of a module that holds no DDL."""
    text = _source(path)
    return _parts(path) if may_tell(text) and any(pattern.search(text) for pattern in TELLING) else {}


@lru_cache(maxsize=512)
def _parts(path: str) -> Mapping[str, tuple[str, frozenset[str]]]:
    """name → (text, names that it reads) of what a module defines, its Migration class left out."""
    text = _source(path)
    lines = text.splitlines()
    found = {}
    for node in _parsed(text).body:
        part = "\n".join(lines[node.lineno - 1 : node.end_lineno])
        names = frozenset(each.id for each in ast.walk(node) if isinstance(each, ast.Name))
        for name in _defined(node):
            if name != "Migration":
                found[name] = (part, names)
    return found


@lru_cache(maxsize=512)
def _imported(path: str) -> frozenset[str]:
    """The names, in lower case, that a module imports from anywhere but Django; `*` stands for all."""
    found: set[str] = set()
    for node in ast.walk(_parsed(_source(path))):
        if isinstance(node, ast.Import):
            names = [each for each in node.names if not each.name.startswith("django.")]
        elif isinstance(node, ast.ImportFrom) and (node.level or not f"{node.module}.".startswith("django.")):
            names = node.names
        else:
            continue
        found |= {(each.asname or each.name).split(".")[0].lower() for each in names}
    return frozenset(found)


def _source(path: str) -> str:
    """The text of a file; nothing where it cannot be read."""
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""


def _parsed(text: str) -> ast.Module:
    """An empty module where that is no Python."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return ast.Module(body=[], type_ignores=[])


def _defined(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from (target.id for target in targets if isinstance(target, ast.Name))
