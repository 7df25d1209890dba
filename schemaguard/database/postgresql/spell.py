"""The statement that makes a constraint or an index of a given shape: for what SQL in a migration once made.

Django's schema editor makes what a model has. Here stands what no model has, when its own statement can no longer be
run as it was written, after its table, its columns or itself were renamed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemaguard.database.spelling import Quote, column_list, key_of
from schemaguard.schema.objects import (
    Check,
    Constraint,
    Exclusion,
    Expression,
    ForeignKey,
    Index,
    IndexPart,
    PrimaryKey,
)

if TYPE_CHECKING:
    from collections.abc import Iterable


def spell(table: str, constraint: Constraint, quote: Quote) -> str | None:
    """CREATE INDEX or ALTER TABLE … ADD; None where an expression of it cannot be told.

    `table` is the table's key; `quote` is Django's `quote_name`. Source: PostgreSQL's CREATE INDEX and ALTER TABLE.
    """
    if None in (each.text for each in _expressions(constraint)):
        return None
    name = quote(constraint.name) if constraint.name else ""
    if isinstance(constraint, Index) and not (constraint.constraint or constraint.deferrable):
        unique = "UNIQUE " if constraint.unique else ""
        keys = f"USING {constraint.method} ({_list(_part(part, quote) for part in constraint.parts)})"
        return _joined(f"CREATE {unique}INDEX", name, f"ON {quote(table)}", keys, *_index_options(constraint, quote))
    added = f"ADD CONSTRAINT {name}" if name else "ADD"
    return _joined(f"ALTER TABLE {quote(table)}", added, *_definition(constraint, quote))


def spell_table(table: str, expected: Any, actual: Any, quote: Quote) -> Iterable[str]:
    """What makes a table as a TableShape is: logged or not, under row level security or not (`TABLE_ATTRIBUTES`)."""
    words = {
        "logged": ("SET LOGGED", "SET UNLOGGED"),
        "row_security": ("ENABLE ROW LEVEL SECURITY", "DISABLE ROW LEVEL SECURITY"),
        "forced": ("FORCE ROW LEVEL SECURITY", "NO FORCE ROW LEVEL SECURITY"),
    }
    for attribute, (on, off) in words.items():
        wanted = getattr(expected, attribute)
        if wanted != getattr(actual, attribute):
            yield f"ALTER TABLE {quote(table)} {on if wanted else off}"


def _definition(constraint: Constraint, quote: Quote) -> Iterable[str]:
    match constraint:
        case PrimaryKey():
            yield f"PRIMARY KEY ({column_list(constraint.columns, quote)})"
        case Check():
            yield f"CHECK ({constraint.expression.text})"
            yield from _for_rows(constraint)
        case ForeignKey():
            yield f"FOREIGN KEY ({column_list(constraint.columns, quote)}) REFERENCES {quote(constraint.target)}"
            yield f"({column_list(constraint.target_columns, quote)})" if constraint.target_columns else ""
            yield f"ON DELETE {constraint.on_delete} ON UPDATE {constraint.on_update}"
            yield _deferral(constraint.deferrable, constraint.deferred)
            yield from _for_rows(constraint)
        case Exclusion():
            parts = zip(constraint.parts, constraint.operators, strict=True)
            keys = _list(f"{_part(part, quote)} WITH {operator}" for part, operator in parts)
            yield f"EXCLUDE USING {constraint.method} ({keys})"
            yield _include(constraint.include, quote)
            yield f"WHERE ({constraint.condition.text})" if constraint.condition is not None else ""
            yield _deferral(constraint.deferrable, constraint.deferred)
        case Index():
            yield "UNIQUE" if constraint.nulls_distinct else "UNIQUE NULLS NOT DISTINCT"
            yield f"({column_list(constraint.columns, quote)})"
            yield _include(constraint.include, quote)
            yield _deferral(constraint.deferrable, constraint.deferred)


def _for_rows(constraint: Check | ForeignKey) -> Iterable[str]:
    """Which rows it holds for."""
    if not constraint.enforced:
        yield "NOT ENFORCED"
    elif not constraint.validated:
        yield "NOT VALID"


def _index_options(index: Index, quote: Quote) -> Iterable[str]:
    yield _include(index.include, quote)
    yield "" if index.nulls_distinct else "NULLS NOT DISTINCT"
    yield f"WHERE ({index.condition.text})" if index.condition is not None else ""


def _part(part: IndexPart, quote: Quote) -> str:
    return _joined(
        key_of(part, quote) or "",
        f"COLLATE {quote(part.collation)}" if part.collation else "",
        part.opclass or "",
        "DESC" if part.descending else "",
        "" if part.nulls_first is None else f"NULLS {'FIRST' if part.nulls_first else 'LAST'}",
    )


def _expressions(constraint: Constraint) -> Iterable[Expression]:
    if isinstance(constraint, Check):
        yield constraint.expression
    if isinstance(constraint, Index | Exclusion):
        yield from (part.expression for part in constraint.parts if part.expression is not None)
        if constraint.condition is not None:
            yield constraint.condition


def _include(columns: tuple[str, ...], quote: Quote) -> str:
    return f"INCLUDE ({column_list(columns, quote)})" if columns else ""


def _deferral(deferrable: bool, deferred: bool) -> str:
    if not deferrable:
        return ""
    return "DEFERRABLE INITIALLY DEFERRED" if deferred else "DEFERRABLE"


def _list(parts: Iterable[str]) -> str:
    return ", ".join(parts)


def _joined(*parts: str) -> str:
    return " ".join(filter(None, parts))
