"""A snapshot as a file: JSON that is the same for the same schema, one thing a line as far as that can be.

What has its usual value is left out, so that a reviewer reads what was decided.
"""

from __future__ import annotations

import json
from dataclasses import MISSING, fields
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from schemaguard.database import backend_class
from schemaguard.diff.model import Snapshot
from schemaguard.exceptions import CannotStart
from schemaguard.schema.definitions import Live
from schemaguard.schema.kinds import Kind
from schemaguard.schema.objects import (
    Check,
    Column,
    Constraint,
    Exclusion,
    Expression,
    ForeignKey,
    Index,
    IndexPart,
    Owner,
    PrimaryKey,
    Table,
)
from schemaguard.schema.sequences import Beside

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

FORMAT = 1
CONSTRAINTS: Mapping[str, type[Constraint]] = {
    "primary_key": PrimaryKey,
    "unique": Index,
    "index": Index,
    "foreign_key": ForeignKey,
    "check": Check,
    "exclusion": Exclusion,
}
EXPRESSIONS = frozenset({"default", "generated", "condition", "expression"})
NOT_KEPT = frozenset({"default_opclass", "also", "filtered", "for_key", "visible", "keeps_history"})
"""What follows from the rest, or from who looks."""
SIMPLE: Mapping[str, tuple[type, ...]] = {
    "str": (str,),
    "bool": (bool,),
    "str | None": (str, type(None)),
    "bool | None": (bool, type(None)),
}


class _Damaged(Exception):
    """What is wrong with a file, in a few words."""


# -------------------------------------------------------------------------------------------------------------- writing
def text_of(snapshot: Snapshot) -> str:
    """The file. Tables, columns and constraints are sorted by name: what stands in what order is no difference."""
    document: dict[str, Any] = {
        "format": FORMAT,
        "vendor": f"{snapshot.family.vendor}",
        "tables": {name: _table(snapshot.tables[name]) for name in sorted(snapshot.tables)},
        "definitions": [
            _plain(each)
            for each in sorted(snapshot.definitions, key=lambda each: (each.kind.value, each.name, each.sql))
        ],
    }
    if snapshot.ignores_name_case:
        document["ignores_name_case"] = True
    if snapshot.beside is not None:
        told = {each.name: dict(sorted(getattr(snapshot.beside, each.name).items())) for each in fields(Beside)}
        document["beside"] = {name: each for name, each in told.items() if each}
    if snapshot.others is not None:
        document["others"] = sorted([kind.value, name] for kind, name in snapshot.others)
    return json.dumps(document, indent=1, ensure_ascii=True) + "\n"


def _table(table: Table) -> dict[str, Any]:
    found = _plain(table, without=("name", "columns", "constraints"))
    found["columns"] = {name: _plain(table.columns[name], without=("name",)) for name in sorted(table.columns)}
    constraints = [_constraint(each) for each in table.constraints]
    found["constraints"] = sorted(constraints, key=lambda each: json.dumps(each, sort_keys=True))
    return found


def _constraint(shape: Constraint) -> dict[str, Any]:
    return {"kind": shape.kind.value, **_plain(shape, without=("unique",))}


def _plain(value: Any, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """A value of ours as plain values, without what has its default."""
    found = {}
    for each in fields(value):
        inner = getattr(value, each.name)
        if each.name not in NOT_KEPT and each.name not in without and not _is_usual(inner, each.default):
            found[each.name] = _plain_field(inner)
    return found


def _is_usual(inner: Any, default: Any) -> bool:
    return default is not MISSING and inner == default


def _plain_field(inner: Any) -> Any:
    match inner:
        case Expression():
            return inner.text
        case Enum():
            return inner.value
        case tuple():
            return [_plain(each) if isinstance(each, IndexPart) else each for each in inner]
    return inner


# -------------------------------------------------------------------------------------------------------------- reading
def loaded(path: Path) -> Snapshot:
    """A snapshot out of a file. Raises CannotStart where it cannot be read, or is none."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CannotStart(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error
    except ValueError as error:
        raise CannotStart(f"{path} is no snapshot: it is not JSON") from error
    if not isinstance(document, dict) or "tables" not in document or "vendor" not in document:
        raise CannotStart(f"{path} is no snapshot; schemaguard snapshot writes one")
    if document.get("format") != FORMAT:
        raise CannotStart(f"{path}: format {document.get('format')!r} is not known here; this version writes {FORMAT}")
    try:
        return _snapshot(document)
    except (_Damaged, TypeError, ValueError, KeyError, AttributeError) as error:
        raise CannotStart(f"{path}: the snapshot is damaged: {error}") from error


def _snapshot(document: Mapping[str, Any]) -> Snapshot:
    others, beside = document.get("others"), document.get("beside")
    return Snapshot(
        family=backend_class(_checked("str", "vendor", document["vendor"])),
        tables=MappingProxyType({name: _table_of(name, each) for name, each in document["tables"].items()}),
        definitions=tuple(_made(Live, each) for each in document.get("definitions", ())),
        others=frozenset((Kind(kind), name) for kind, name in others) if others is not None else None,
        beside=Beside(**{name: _texts(name, each) for name, each in beside.items()}) if beside is not None else None,
        ignores_name_case=_checked("bool", "ignores_name_case", document.get("ignores_name_case", False)),
    )


def _texts(name: str, given: Mapping[str, Any]) -> Mapping[str, str]:
    return {key: _checked("str", f"{name}.{key}", each) for key, each in given.items()}


def _table_of(name: str, given: Mapping[str, Any]) -> Table:
    columns = {key: _made(Column, {**each, "name": key}) for key, each in given["columns"].items()}
    constraints = tuple(map(_constraint_of, given["constraints"]))
    rest = {key: each for key, each in given.items() if key not in ("columns", "constraints")}
    made: Table = _made(Table, {**rest, "name": name}, columns=MappingProxyType(columns), constraints=constraints)
    return made


def _constraint_of(given: Mapping[str, Any]) -> Constraint:
    kind = str(given.get("kind"))
    if kind not in CONSTRAINTS:
        raise _Damaged(f"a constraint of kind {kind!r}")
    rest = {key: each for key, each in given.items() if key != "kind"}
    made: Constraint = _made(CONSTRAINTS[kind], rest, **({"unique": True} if kind == Kind.UNIQUE.value else {}))
    return made


def _made(kind: Any, given: Mapping[str, Any], **more: Any) -> Any:
    """A value of ours of what a file says. Raises _Damaged, and TypeError where something is left out."""
    known = {each.name: str(each.type) for each in fields(kind)}
    unknown = given.keys() - known.keys()
    if unknown:
        raise _Damaged(f"{kind.__name__.lower()} has {', '.join(sorted(unknown))}")
    return kind(**dict(_fields(given, known)), **more)


def _fields(given: Mapping[str, Any], known: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    for name, inner in given.items():
        if name in EXPRESSIONS:
            yield name, Expression(_checked("str | None", name, inner))
        elif name == "parts":
            yield name, tuple(_made(IndexPart, each) for each in inner)
        elif name == "kind":
            yield name, Kind(inner)
        elif name == "owner":
            yield name, Owner(inner)
        elif known[name] in SIMPLE:
            yield name, _checked(known[name], name, inner)
        else:
            yield name, tuple(_checked("str", name, each) for each in inner)


def _checked(kind: str, name: str, inner: Any) -> Any:
    if not isinstance(inner, SIMPLE[kind]):
        raise _Damaged(f"{name} is {inner!r}")
    return inner
