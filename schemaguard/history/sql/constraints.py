"""Constraints: those of a table, those beside a column, and the keys of an index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.history.sql.cursor import Cursor, NotUnderstood
from schemaguard.history.sql.expressions import expression
from schemaguard.schema.objects import Check, Constraint, Exclusion, ForeignKey, Index, IndexPart, PrimaryKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from schemaguard.history.changes import Key

INDEX_OPTIONS = (
    "ALGORITHM", "LOCK", "KEY_BLOCK_SIZE", "ENGINE_ATTRIBUTE", "SECONDARY_ENGINE_ATTRIBUTE", "CLUSTERING",
)  # fmt: skip


def key_of(constraint: Constraint) -> Key:
    """By the name that the SQL gives, else by what it is."""
    if constraint.name is not None:
        return ("name", constraint.name)
    if isinstance(constraint, PrimaryKey):
        return ("pk",)
    return ("sql", constraint.kind.value, constraint.columns)


def keyed(constraints: Iterable[Constraint]) -> Mapping[Key, Constraint]:
    """By key, with a number where two unnamed ones of one statement are alike."""
    found: dict[Key, Constraint] = {}
    for constraint in constraints:
        key, number = key_of(constraint), 1
        while key in found:
            number += 1
            key = (*key_of(constraint), number)
        found[key] = constraint
    return found


def table_constraint(cursor: Cursor) -> Constraint | None:
    """A constraint as it stands among the columns of a table, or after ADD. None where a column begins."""
    name = None
    if cursor.take("CONSTRAINT"):
        # MySQL reads CONSTRAINT without a name.
        name = None if cursor.word() in ("PRIMARY", "UNIQUE", "FOREIGN", "CHECK") else cursor.name()
    elif cursor.word() in ("INDEX", "KEY", "FULLTEXT", "SPATIAL") and cursor.dialect.inline_keys:
        return _inline_key(cursor)
    if cursor.take("PRIMARY", "KEY"):
        return _primary_key(cursor, name)
    if cursor.take("UNIQUE"):
        return _unique(cursor, name)
    if cursor.take("FOREIGN", "KEY"):
        columns = cursor.names()
        cursor.expect("REFERENCES")
        return references(cursor, columns, name)
    if cursor.take("CHECK"):
        return check(cursor, name)
    if cursor.take("EXCLUDE"):
        return _exclusion(cursor, name)
    if name is not None:
        raise NotUnderstood("a constraint")
    return None


def _primary_key(cursor: Cursor, name: str | None) -> PrimaryKey:
    if cursor.dialect.inline_keys:
        method(cursor, "")
    parts = index_parts(cursor.parentheses())
    columns = tuple(part.column for part in parts if part.column is not None)
    if len(columns) != len(parts):
        raise NotUnderstood("the columns of a primary key")
    storage(cursor)
    if any(deferral(cursor)):
        raise NotUnderstood("a primary key that waits")
    return PrimaryKey(columns=columns, name=name if cursor.dialect.named_primary_keys else None)


def _unique(cursor: Cursor, name: str | None) -> Index:
    if cursor.dialect.inline_keys:
        cursor.take_any("KEY", "INDEX")
        if cursor.at_name() and not cursor.at("USING"):
            name = cursor.name()
        method(cursor, "")
    distinct = nulls_distinct(cursor)
    parts = index_parts(cursor.parentheses())
    include = cursor.names() if cursor.take("INCLUDE") else ()
    visible = storage(cursor)
    deferrable, deferred = deferral(cursor)
    return Index(
        name=name,
        parts=parts,
        unique=True,
        visible=visible,
        include=include,
        nulls_distinct=distinct,
        deferrable=deferrable,
        deferred=deferred,
        constraint=True,
        named=name is not None,
    )


def _inline_key(cursor: Cursor) -> Index:
    """MySQL's KEY within a table."""
    kind = cursor.take_any("FULLTEXT", "SPATIAL").lower()
    cursor.take_any("INDEX", "KEY")
    name = cursor.name() if cursor.at_name() and not cursor.at("USING") else None
    how = method(cursor, kind or "btree")
    parts = index_parts(cursor.parentheses())
    how = method(cursor, how)
    return Index(name=name, parts=parts, method=how, visible=storage(cursor), named=name is not None)


def _exclusion(cursor: Cursor, name: str | None) -> Exclusion:
    how = method(cursor, "btree")
    parts, operators = [], []
    for element in cursor.parentheses().elements():
        start = element.position
        element.skip_to("WITH")
        parts.append(_index_part(element.slice(start, element.position)))
        element.expect("WITH")
        operator = element.slice(element.position, len(element.tokens)).text()
        if not operator or any(token.kind != "sign" for token in element.tokens[element.position :]):
            raise NotUnderstood("an operator")
        operators.append(operator)
    include = cursor.names() if cursor.take("INCLUDE") else ()
    storage(cursor)
    condition = expression(cursor.parentheses()) if cursor.take("WHERE") else None
    deferrable, deferred = deferral(cursor)
    return Exclusion(
        name=name,
        parts=tuple(parts),
        operators=tuple(operators),
        method=how,
        condition=condition,
        include=include,
        deferrable=deferrable,
        deferred=deferred,
        named=name is not None,
    )


def check(cursor: Cursor, name: str | None) -> Check:
    predicate = expression(cursor.parentheses())
    cursor.take("NO", "INHERIT")
    validated, enforced = _for_rows(cursor)
    return Check(
        expression=predicate,
        columns=tuple(sorted(predicate.columns)),
        name=name,
        validated=validated,
        enforced=enforced,
        named=name is not None,
    )


def _for_rows(cursor: Cursor) -> tuple[bool, bool]:
    """Whether a constraint is validated, and whether it is enforced. One that is not enforced is never validated."""
    validated = not cursor.take("NOT", "VALID")
    enforced = not cursor.take("NOT", "ENFORCED")
    if enforced:
        cursor.take("ENFORCED")
        validated &= not cursor.take("NOT", "VALID")
    return validated and enforced, enforced


def references(cursor: Cursor, columns: tuple[str, ...], name: str | None) -> ForeignKey:
    """After REFERENCES."""
    target = cursor.key()
    target_columns = cursor.names() if cursor.at("(") else ()
    actions = {"DELETE": "NO ACTION", "UPDATE": "NO ACTION"}
    while True:
        if cursor.take("MATCH"):
            cursor.expect("SIMPLE")
        elif cursor.at("ON", "DELETE") or cursor.at("ON", "UPDATE"):
            event = cursor.word(1)
            cursor.expect("ON", event)
            actions[event] = _action(cursor)
        else:
            break
    deferrable, deferred = deferral(cursor)
    validated, enforced = _for_rows(cursor)
    return ForeignKey(
        columns=columns,
        target=target,
        target_columns=target_columns,
        name=name,
        deferrable=deferrable,
        deferred=deferred,
        on_delete=actions["DELETE"],
        on_update=actions["UPDATE"],
        validated=validated,
        enforced=enforced,
        named=name is not None,
    )


def _action(cursor: Cursor) -> str:
    for words in (("NO", "ACTION"), ("SET", "NULL"), ("SET", "DEFAULT"), ("CASCADE",), ("RESTRICT",)):
        if cursor.take(*words):
            return " ".join(words)
    raise NotUnderstood("what happens then")


def deferral(cursor: Cursor) -> tuple[bool, bool]:
    """(deferrable, deferred)"""
    deferrable = deferred = False
    while True:
        if cursor.take("NOT", "DEFERRABLE") or cursor.take("INITIALLY", "IMMEDIATE"):
            continue
        if cursor.take("DEFERRABLE"):
            deferrable = True
        elif cursor.take("INITIALLY", "DEFERRED"):
            deferrable = deferred = True
        else:
            return deferrable, deferred


def nulls_distinct(cursor: Cursor) -> bool:
    if cursor.take("NULLS", "NOT", "DISTINCT"):
        return False
    cursor.take("NULLS", "DISTINCT")
    return True


def method(cursor: Cursor, default: str) -> str:
    return cursor.name().lower() if cursor.take("USING") else default


def storage(cursor: Cursor) -> bool:
    """Past what says only how an index is kept, and whether the server reads rows by it.

    A parser of a fulltext index (`WITH PARSER ngram`) is no part of what the catalog tells of an index.
    """
    visible = True
    while True:
        if cursor.at("WITH", "("):
            cursor.step()
            cursor.parentheses()
        elif cursor.take("USING", "INDEX", "TABLESPACE") or cursor.take("TABLESPACE"):
            cursor.name()
        elif cursor.dialect.inline_keys and _is_inline_option(cursor):
            continue
        elif cursor.dialect.inline_keys and cursor.take_any("INVISIBLE", "IGNORED"):
            visible = False
        elif not conflict(cursor):
            return visible


def _is_inline_option(cursor: Cursor) -> bool:
    """Past an option of MySQL or MariaDB that changes nothing, and whether it was there."""
    if cursor.take("WITH", "PARSER"):
        cursor.name()
    elif cursor.take("COMMENT"):
        cursor.string()
    elif cursor.take_any(*INDEX_OPTIONS):
        cursor.take("=")
        cursor.step()
    elif cursor.at("USING"):
        method(cursor, "")
    else:
        return cursor.take("VISIBLE") or cursor.take("NOT", "IGNORED")
    return True


def conflict(cursor: Cursor) -> bool:
    """Past SQLite's ON CONFLICT …, and whether it was there."""
    if not cursor.take("ON", "CONFLICT"):
        return False
    if not cursor.take_any("ROLLBACK", "ABORT", "FAIL", "IGNORE", "REPLACE"):
        raise NotUnderstood("what happens then")
    return True


def index_parts(cursor: Cursor) -> tuple[IndexPart, ...]:
    """The keys of an index, from what stands between its parentheses."""
    return tuple(_index_part(element) for element in cursor.elements())


def _index_part(cursor: Cursor) -> IndexPart:
    column = None
    part = None
    if cursor.at("("):
        inside = cursor.parentheses()
        if len(inside.tokens) == 1 and inside.at_name():
            column = inside.name()
        else:
            part = expression(inside)
    elif _calls(cursor):
        start = cursor.position
        cursor.bare_name()
        cursor.parentheses()
        part = expression(cursor.slice(start, cursor.position))
    else:
        column = cursor.name()
        if cursor.dialect.inline_keys and cursor.at("("):
            cursor.parentheses()  # MySQL's length of a prefix, which the vocabulary does not know.
    collation = cursor.bare_name() if cursor.take("COLLATE") else None
    opclass = None
    if cursor.at_name() and cursor.word() not in ("ASC", "DESC", "NULLS"):
        opclass = cursor.bare_name()
        if cursor.at("("):
            cursor.parentheses()
    descending = cursor.take_any("ASC", "DESC") == "DESC"
    nulls_first = _nulls_first(cursor, descending) if cursor.take("NULLS") else None
    cursor.finish()
    return IndexPart(
        column=column,
        expression=part,
        descending=descending,
        nulls_first=nulls_first,
        opclass=opclass,
        collation=collation,
    )


def _nulls_first(cursor: Cursor, descending: bool) -> bool | None:
    if cursor.word() not in ("FIRST", "LAST"):
        raise NotUnderstood("FIRST or LAST")
    first = cursor.step().word == "FIRST"
    # Nulls stand first in a descending key, unless told otherwise.
    return None if first == descending else first


def _calls(cursor: Cursor) -> bool:
    """Whether a function's name is next, and not a column with MySQL's length of a prefix."""
    ahead = 0
    while cursor.at_name(ahead) and cursor.word(ahead + 1) == ".":
        ahead += 2
    if not cursor.at_name(ahead) or cursor.word(ahead + 1) != "(":
        return False
    inner = cursor.peek(ahead + 2)
    return not (cursor.dialect.inline_keys and inner is not None and inner.kind == "number")
