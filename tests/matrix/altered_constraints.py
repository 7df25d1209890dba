"""Indexes and constraints: dropped, added, renamed, and each attribute of their dataclasses given another value."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from schemaguard.schema.objects import (
    Check,
    Constraint,
    Exclusion,
    Expression,
    ForeignKey,
    Index,
    IndexPart,
    PrimaryKey,
    Schema,
    Table,
)
from tests.matrix.alterations import Alteration, made_up
from tests.matrix.altered_columns import TEXT
from tests.matrix.spelling import NEW, added, anew, beside, dropped, index, is_rowid, quoted, relation

if TYPE_CHECKING:
    from collections.abc import Iterator

Change = tuple[str, str, Constraint]
TRIGGERS = "its triggers disabled"


def of_constraints(schema: Schema, table: Table) -> Iterator[Alteration]:
    for shape in table.constraints:
        one = _Of(schema, table, shape)
        yield one.dropped()
        yield from one.renamed()
        for attribute, way, other in attributes(schema, table, shape):
            yield one.to(attribute, way, other)
    yield from _strangers(schema, table)


class _Of:
    """One constraint of one table."""

    def __init__(self, schema: Schema, table: Table, shape: Constraint) -> None:
        self.schema = schema
        self.table = table
        self.shape = shape
        self.postgres = schema.vendor == "postgresql"

    def made(self, attribute: str, way: str, *sql: str, **more: Any) -> Alteration:
        shape = self.shape
        number = [each for each in self.table.constraints if type(each) is type(shape)].index(shape)
        columns = shape.columns or tuple(_expression_columns(shape))
        return Alteration(
            **{
                "vendor": self.schema.vendor,
                "kind": _kind(shape),
                "attribute": attribute,
                "way": way,
                "table": self.table.name,
                "name": shape.name or f"{', '.join(columns)} #{number}",
                "columns": frozenset(columns),
                "finds": frozenset({shape.kind}),
                "sql": sql,
                **more,
            }
        )

    def dropped(self) -> Alteration:
        if self.postgres or _is_index(self.shape):
            return self.made("dropped", "", dropped(self.table, self.shape))
        return self.made("dropped", "", *self._anew(None))

    def renamed(self) -> Iterator[Alteration]:
        way = "a name that nobody chose" if made_up(self.shape.name) else "a name that somebody chose"
        names = frozenset({NEW})
        other = replace(self.shape, name=NEW)
        if self.shape.name is None:
            if not (isinstance(self.shape, PrimaryKey) and is_rowid(self.table, self.shape)):
                yield self.made("name", "given by hand", *self._anew(other), names=names)
            return
        if not self.postgres:
            if isinstance(other, Index) and _is_index(self.shape):
                yield self.made("name", way, dropped(self.table, self.shape), index(self.table, other), names=names)
            else:
                yield self.made("name", way, *self._anew(other), names=names)
        elif _is_index(self.shape):
            statement = f"ALTER INDEX {beside(self.table, self.shape.name)} RENAME TO {quoted(NEW)}"
            yield self.made("name", way, statement, names=names)
        else:
            statement = f"RENAME CONSTRAINT {quoted(self.shape.name)} TO {quoted(NEW)}"
            yield self.made("name", way, f"ALTER TABLE {relation(self.table)} {statement}", names=names)

    def to(self, attribute: str, way: str, other: Constraint) -> Alteration:
        columns = frozenset(self.shape.columns) | frozenset(other.columns)
        finds = frozenset({self.shape.kind, other.kind})
        if attribute == "valid":
            name = beside(self.table, self.shape.name or "")
            sql: tuple[str, ...] = (f"UPDATE pg_index SET indisvalid = false WHERE indexrelid = '{name}'::regclass",)
        elif way == TRIGGERS:
            key = f"conname = '{self.shape.name}' AND conrelid = '{relation(self.table)}'::regclass"
            of_key = f"tgconstraint = (SELECT oid FROM pg_constraint WHERE {key})"
            sql = (f"UPDATE pg_trigger SET tgenabled = 'D' WHERE {of_key}",)
        elif self.postgres or (_is_index(self.shape) and _is_index(other)):
            target = ""
            if isinstance(other, ForeignKey):
                target = relation(self.schema.tables[other.target])
            sql = (dropped(self.table, self.shape), added(self.table, other, target))
        else:
            sql = self._anew(other)
        return self.made(attribute, way, *sql, columns=columns, finds=finds)

    def _anew(self, other: Constraint | None) -> tuple[str, ...]:
        changed = [other if each is self.shape else each for each in self.table.constraints]
        return anew(self.table, replace(self.table, constraints=tuple(each for each in changed if each is not None)))


# ------------------------------------------------------------------------------------------------------ attributes
def attributes(schema: Schema, table: Table, shape: Constraint) -> Iterator[Change]:
    postgres = schema.vendor == "postgresql"
    match shape:
        case Index():
            yield from _of_index(table, shape, postgres)
        case PrimaryKey():
            yield from (("columns", "another", replace(shape, columns=(each,))) for each in _others(table, shape)[:1])
            yield from (
                ("columns", "one more", replace(shape, columns=(*shape.columns, each)))
                for each in _others(table, shape)[:1]
            )
        case ForeignKey():
            yield from _of_foreign_key(schema, table, shape, postgres)
        case Check():
            yield "expression", "another", replace(shape, expression=Expression(f"({shape.expression.text}) OR 1 = 1"))
            yield "expression", "always true", replace(shape, expression=Expression("1 = 1"))
            same = Expression(f"(({shape.expression.text}))")
            yield "expression", "the same in another spelling", replace(shape, expression=same)
            if postgres:
                yield "validated", "not valid", replace(shape, validated=False)
                yield "enforced", "not enforced", replace(shape, enforced=False)
        case Exclusion():
            yield from _of_exclusion(table, shape)


def _of_index(table: Table, shape: Index, postgres: bool) -> Iterator[Change]:
    for attribute, way, parts in _other_parts(table, shape.parts, postgres):
        # UNIQUE (…) takes columns alone; anything else about a key is for a unique index to have.
        plain = all(replace(each, column=None, default_opclass=None) == IndexPart() for each in parts)
        yield attribute, way, replace(shape, parts=parts, constraint=shape.constraint and plain)
    if not shape.constraint:
        yield "unique", "not unique" if shape.unique else "unique", replace(shape, unique=not shape.unique)
        yield from (("condition", way, replace(shape, condition=each)) for way, each in _conditions(table, shape))
    elif shape.constraint and not shape.deferrable:
        named = replace(shape, name=shape.name or NEW, constraint=False)
        yield "constraint", "a unique index in its place", named
        yield "unique", "not unique", replace(named, unique=False)
        yield "condition", "given by hand", replace(named, condition=Expression(_predicate(table)))
    if shape.unique and not shape.constraint and shape.condition is None and shape.columns and postgres:
        yield "constraint", "a constraint in its place", replace(shape, constraint=True)
    if not postgres:
        return
    methods = [each for each in ("btree", "hash", "gin", "gist", "brin") if each != shape.method]
    yield from (("method", each, replace(shape, method=each)) for each in methods if not shape.constraint)
    if shape.include:
        yield "include", "taken away", replace(shape, include=())
    else:
        yield from (("include", "given by hand", replace(shape, include=(each,))) for each in _others(table, shape)[:1])
    if shape.unique:
        way = "nulls not distinct" if shape.nulls_distinct else "nulls distinct"
        yield "nulls_distinct", way, replace(shape, nulls_distinct=not shape.nulls_distinct)
    if shape.constraint and shape.deferrable:
        yield "deferrable", "not deferrable", replace(shape, deferrable=False, deferred=False)
        yield "deferred", "immediate" if shape.deferred else "deferred", replace(shape, deferred=not shape.deferred)
    elif shape.constraint:
        yield "deferrable", "deferrable", replace(shape, deferrable=True)
        yield "deferred", "deferred", replace(shape, deferrable=True, deferred=True)
    yield "valid", "invalid", replace(shape, valid=False)


def _other_parts(
    table: Table, parts: tuple[IndexPart, ...], postgres: bool
) -> Iterator[tuple[str, str, tuple[IndexPart, ...]]]:
    first, rest = parts[0], parts[1:]
    taken = {each.column for each in parts}
    free = [name for name in table.columns if name not in taken]
    free.sort(key=lambda name: table.columns[name].type != table.columns[first.column or name].type)
    for name in free[:1]:
        yield "parts", "one more", (*parts, IndexPart(column=name))
        yield "parts.column", "another", (IndexPart(column=name, opclass=first.opclass), *rest)
    if rest:
        yield "parts", "one less", parts[:-1]
        yield "parts", "in another order", tuple(reversed(parts))
    yield "parts.descending", "the other way", (replace(first, descending=not first.descending), *rest)
    if postgres:
        turned = replace(first, nulls_first=not first.descending if first.nulls_first is None else None)
        yield "parts.nulls_first", "the other way", (turned, *rest)
    if first.expression is not None:
        text = Expression(f"replace({first.expression.text}, 'q', 'x')", first.expression.columns)
        yield "parts.expression", "another", (replace(first, expression=text), *rest)
        return
    assert first.column is not None
    column = table.columns[first.column]
    is_text = column.type.startswith(TEXT) and not column.type.endswith("]")
    formula = f'lower("{first.column}")' if is_text else f'coalesce("{first.column}", NULL)'
    expression = Expression(formula, frozenset({first.column}))
    yield "parts.expression", "in place of a column", (IndexPart(expression=expression, opclass=first.opclass), *rest)
    if is_text:
        yield "parts.collation", "another", (replace(first, collation="POSIX" if postgres else "NOCASE"), *rest)
    if postgres and is_text:
        other = "text_pattern_ops" if column.type == "text" else "varchar_pattern_ops"
        yield (
            "parts.opclass",
            "taken away" if first.opclass else "given by hand",
            (
                replace(first, opclass=None if first.opclass else other),
                *rest,
            ),
        )


def _replaced(shape: ForeignKey, attribute: str, action: str) -> ForeignKey:
    changed: dict[str, Any] = {attribute: action}
    return replace(shape, **changed)


def _of_foreign_key(schema: Schema, table: Table, shape: ForeignKey, postgres: bool) -> Iterator[Change]:
    kind = table.columns[shape.columns[0]].type
    for other in sorted(schema.tables):
        key = next((each for each in schema.tables[other].constraints if isinstance(each, PrimaryKey)), None)
        fits = key is not None and len(key.columns) == 1 and schema.tables[other].columns[key.columns[0]].type == kind
        if fits and key is not None and other not in (shape.target, table.name):
            yield "target", "another table", replace(shape, target=other, target_columns=key.columns)
            break
    target = schema.tables[shape.target]
    for name in target.columns:
        if (name,) != shape.target_columns and target.columns[name].type == kind:
            yield "target_columns", "another", replace(shape, target_columns=(name,))
            break
    for name in _others(table, shape):
        if table.columns[name].type == kind:
            yield "columns", "another", replace(shape, columns=(name,))
            break
    if shape.deferrable:
        yield "deferrable", "not deferrable", replace(shape, deferrable=False, deferred=False)
        yield "deferred", "immediate", replace(shape, deferred=not shape.deferred)
    yield from (
        (attribute, action.lower(), _replaced(shape, attribute, action))
        for attribute in ("on_delete", "on_update")
        for action in ("CASCADE", "SET NULL", "RESTRICT")
        if getattr(shape, attribute) != action
    )
    if postgres:
        yield "validated", "not valid", replace(shape, validated=False)
        yield "enforced", "not enforced", replace(shape, enforced=False)
        yield "enforced", TRIGGERS, replace(shape, enforced=False)


def _of_exclusion(table: Table, shape: Exclusion) -> Iterator[Change]:
    if len(shape.parts) > 1:
        less = replace(shape, parts=shape.parts[:-1], operators=shape.operators[:-1])
        yield "parts", "one less", replace(less, parts=shape.parts[1:], operators=shape.operators[1:])
    other = {"&&": "=", "=": "<>"}
    yield "operators", "another", replace(shape, operators=tuple(other.get(each, each) for each in shape.operators))
    yield "method", "spgist", replace(shape, method="spgist", parts=shape.parts[-1:], operators=shape.operators[-1:])
    if shape.condition is not None:
        yield "condition", "taken away", replace(shape, condition=None)
        yield (
            "condition",
            "another",
            replace(shape, condition=Expression(f"({shape.condition.text}) AND 1 = 1 AND {_predicate(table)}")),
        )
    for name in _others(table, shape)[:1]:
        yield "include", "given by hand", replace(shape, include=(name,))
    yield "deferrable", "deferrable", replace(shape, deferrable=True)
    yield "deferred", "deferred", replace(shape, deferrable=True, deferred=True)


# --------------------------------------------------------------------------------------------------- made by hand
def strangers(table: Table) -> list[Constraint]:
    """One more of each kind that a table may have."""
    key = next((each for each in table.constraints if isinstance(each, PrimaryKey)), None)
    plain = [name for name, each in table.columns.items() if each.generated is None and (name,) != _columns(key)]
    first = plain[:1] or list(_columns(key))
    parts = tuple(IndexPart(column=name, descending=True) for name in first)
    both = tuple(IndexPart(column=name) for name in dict.fromkeys((*_columns(key), *first)))
    found: list[Constraint] = [
        Index(name=NEW, parts=parts),
        Index(name=NEW, parts=both, unique=True),
        Index(name=NEW, parts=both, unique=True, constraint=True),
        Check(name=NEW, expression=Expression("1 = 1")),
        Check(name=NEW, expression=Expression(_predicate(table)), columns=tuple(first)),
    ]
    if key is not None and len(key.columns) == 1:
        found.append(ForeignKey(name=NEW, columns=key.columns, target=table.name, target_columns=key.columns))
    return found


def _strangers(schema: Schema, table: Table) -> Iterator[Alteration]:
    seen = set()
    for shape in strangers(table):
        one = _Of(schema, replace(table, constraints=(*table.constraints, shape)), shape)
        way = "over a column" if isinstance(shape, Check) and shape.columns else ""
        way = "as a constraint" if isinstance(shape, Index) and shape.constraint else way
        if one.postgres or _is_index(shape):
            target = relation(table) if isinstance(shape, ForeignKey) else ""
            alteration = one.made("added", way, added(table, shape, target))
        else:
            alteration = one.made("added", way, *anew(table, one.table))
        if alteration.id not in seen:
            seen.add(alteration.id)
            yield alteration


def _columns(key: PrimaryKey | None) -> tuple[str, ...]:
    return key.columns if key is not None else ()


def _conditions(table: Table, shape: Index) -> Iterator[tuple[str, Expression | None]]:
    if shape.condition is None:
        yield "given by hand", Expression(_predicate(table))
    else:
        yield "taken away", None
        yield "another", Expression(f"({shape.condition.text}) AND {_predicate(table)}")


def _predicate(table: Table) -> str:
    """Something that is true of every row, and that the server cannot know to be."""
    name, shape = next((each for each in table.columns.items() if each[1].generated is None), (None, None))
    assert name is not None
    assert shape is not None
    return f'("{name}" IS NOT NULL OR "{name}" IS NULL)'


def _others(table: Table, shape: Constraint) -> list[str]:
    """The table's other columns."""
    return [name for name in table.columns if name not in shape.columns]


def _is_index(shape: Constraint | None) -> bool:
    return isinstance(shape, Index) and not shape.constraint


def _kind(shape: Constraint) -> str:
    return shape.kind.value


def _expression_columns(shape: Constraint) -> Iterator[str]:
    if isinstance(shape, Index | Exclusion):
        for part in shape.parts:
            if part.expression is not None:
                yield from sorted(part.expression.columns)
