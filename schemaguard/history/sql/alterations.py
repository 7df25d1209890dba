"""The actions of ALTER TABLE, one at a time."""

from __future__ import annotations

from schemaguard.history.changes import (
    AddColumn,
    AddConstraint,
    AlterColumn,
    AlterConstraint,
    AlterTable,
    Change,
    DropColumn,
    DropConstraint,
    RenameTable,
)
from schemaguard.history.sql.columns import (
    collation,
    column_definition,
    default,
    identity,
    shape,
    takes_numbers,
    type_text,
)
from schemaguard.history.sql.constraints import keyed, table_constraint
from schemaguard.history.sql.cursor import Cursor, NotUnderstood
from schemaguard.history.sql.expressions import expression
from schemaguard.schema.names import beside
from schemaguard.schema.objects import Constraint, PrimaryKey

_UNSEEN = (
    ("OWNER", "TO"),
    ("ENABLE",),
    ("DISABLE",),
    ("REPLICA", "IDENTITY"),
    ("CLUSTER", "ON"),
    ("SET", "("),
    ("RESET", "("),
    ("SET", "TABLESPACE"),
    ("SET", "WITHOUT"),
    ("SET", "ACCESS", "METHOD"),
)
_OF_TABLE: dict[tuple[str, ...], dict[str, bool]] = {
    ("SET", "LOGGED"): {"logged": True},
    ("SET", "UNLOGGED"): {"logged": False},
    ("ENABLE", "ROW", "LEVEL", "SECURITY"): {"row_security": True},
    ("DISABLE", "ROW", "LEVEL", "SECURITY"): {"row_security": False},
    ("FORCE", "ROW", "LEVEL", "SECURITY"): {"forced": True},
    ("NO", "FORCE", "ROW", "LEVEL", "SECURITY"): {"forced": False},
}
_UNSEEN_OF_COLUMN = ("STATISTICS", "STORAGE", "COMPRESSION", "(", "WITH", "")
_MYSQL_UNSEEN = (
    ("ALGORITHM",),
    ("LOCK",),
    ("FORCE",),
    ("WITH", "VALIDATION"),
    ("ADD", "SYSTEM", "VERSIONING"),
    ("DROP", "SYSTEM", "VERSIONING"),
    ("ADD", "PERIOD", "FOR"),
    ("DROP", "PERIOD", "FOR"),
    ("PARTITION", "BY"),
    ("ADD", "PARTITION"),
    ("REORGANIZE", "PARTITION"),
    ("REMOVE", "PARTITIONING"),
)


def action(cursor: Cursor, table: str) -> list[Change]:
    """One action; raises NotUnderstood for what it does not know."""
    for words, changes in _OF_TABLE.items():
        if cursor.dialect.has_schemas and cursor.take(*words):
            return [AlterTable(table, changes)]
    unseen = _UNSEEN + (_MYSQL_UNSEEN if cursor.dialect.inline_keys else ())
    if any(cursor.at(*words) for words in unseen):
        cursor.position = len(cursor.tokens)
        return []
    for word, read in _ACTIONS.items():
        if cursor.take(word):
            return read(cursor, table)
    raise NotUnderstood("an action")


def _add(cursor: Cursor, table: str) -> list[Change]:
    promoted = _promote(cursor, table)
    if promoted is not None:
        return promoted
    if not cursor.at("COLUMN"):
        constraint = table_constraint(cursor)
        if constraint is not None:
            cursor.finish()
            return _constrain(cursor, table, [constraint], alters=True)
    cursor.take("COLUMN")
    cursor.take("IF", "NOT", "EXISTS")
    if cursor.at("("):
        inside = cursor.parentheses()
        return [change for element in inside.elements() for change in _add_column(element, table)]
    return _add_column(cursor, table)


def _add_column(cursor: Cursor, table: str) -> list[Change]:
    column, constraints = column_definition(cursor)
    return [AddColumn(table, column), *_constrain(cursor, table, constraints)]


def _constrain(cursor: Cursor, table: str, constraints: list[Constraint], *, alters: bool = False) -> list[Change]:
    changes: list[Change] = []
    for key, constraint in keyed(constraints).items():
        if alters and isinstance(constraint, PrimaryKey) and not cursor.dialect.nullable_primary_keys:
            changes += [AlterColumn(table, column, {"nullable": False}) for column in constraint.columns]
        changes.append(AddConstraint(table, key, constraint))
    return changes


def _promote(cursor: Cursor, table: str) -> list[Change] | None:
    """ADD CONSTRAINT … UNIQUE USING INDEX: the index becomes a constraint and takes its name. None where it is not."""
    named = cursor.at("CONSTRAINT") and cursor.at_name(1)
    start = 2 if named else 0
    words = tuple(cursor.word(start + ahead) for ahead in range(3))
    if words != ("UNIQUE", "USING", "INDEX") or cursor.dialect.inline_keys:
        return None
    name = None
    if cursor.take("CONSTRAINT"):
        name = cursor.name()
    cursor.expect("UNIQUE", "USING", "INDEX")
    index = cursor.name()
    while cursor.word() in ("NOT", "INITIALLY"):
        # DEFERRABLE changes a shape that is not known here; the default does not.
        if not cursor.take("NOT", "DEFERRABLE") and not cursor.take("INITIALLY", "IMMEDIATE"):
            raise NotUnderstood("a constraint that does not wait")
    if name is None or name == index:
        return []
    return [AlterConstraint(table, ("name", index), ("name", name))]


def _drop(cursor: Cursor, table: str) -> list[Change]:
    if cursor.take("PRIMARY", "KEY"):
        return [DropConstraint(table, ("pk",))]
    constraint = cursor.take("CONSTRAINT")
    if cursor.dialect.inline_keys and not constraint:
        constraint = cursor.take("FOREIGN", "KEY") or bool(cursor.take_any("INDEX", "KEY", "CHECK"))
    if not constraint:
        cursor.take("COLUMN")
    if_exists = cursor.take("IF", "EXISTS")
    name = cursor.name()
    cursor.take_any("CASCADE", "RESTRICT")
    if not constraint:
        return [DropColumn(table, name)]
    if cursor.dialect.inline_keys and name == "PRIMARY":
        return [DropConstraint(table, ("pk",))]
    return [DropConstraint(table, ("name", name), if_exists)]


def _rename(cursor: Cursor, table: str) -> list[Change]:
    if cursor.take("TO") or (cursor.dialect.inline_keys and cursor.take("AS")):
        # The new name cannot be qualified, except in MySQL: the table stays in its schema.
        return [RenameTable(table, beside(table, cursor.key()))]
    constraint = cursor.take("CONSTRAINT")
    if cursor.dialect.inline_keys and not constraint:
        constraint = bool(cursor.take_any("INDEX", "KEY"))
    if not constraint:
        cursor.take("COLUMN")
    name = cursor.name()
    cursor.expect("TO")
    new_name = cursor.name()
    if constraint:
        return [AlterConstraint(table, ("name", name), ("name", new_name))]
    return [AlterColumn(table, name, {"name": new_name})]


def _validate(cursor: Cursor, table: str) -> list[Change]:
    cursor.expect("CONSTRAINT")
    key = ("name", cursor.name())
    return [AlterConstraint(table, key, key)]


def _modify(cursor: Cursor, table: str) -> list[Change]:
    if not cursor.dialect.inline_keys:
        raise NotUnderstood("ALTER COLUMN")
    cursor.take("COLUMN")
    column, constraints = column_definition(cursor)
    return [AlterColumn(table, column.name, shape(column)), *_constrain(cursor, table, constraints)]


def _change(cursor: Cursor, table: str) -> list[Change]:
    if not cursor.dialect.inline_keys:
        raise NotUnderstood("ALTER COLUMN")
    cursor.take("COLUMN")
    name = cursor.name()
    column, constraints = column_definition(cursor)
    changes = {"name": column.name, **shape(column)} if column.name != name else shape(column)
    return [AlterColumn(table, name, changes), *_constrain(cursor, table, constraints)]


def _alter(cursor: Cursor, table: str) -> list[Change]:
    """ALTER [COLUMN] … of PostgreSQL, and the part of it that MySQL has."""
    if cursor.at("CONSTRAINT"):
        raise NotUnderstood("a constraint whose shape is known")
    cursor.take("COLUMN")
    name = cursor.name()
    changes: dict[str, object] | None
    if cursor.take("SET", "NOT", "NULL"):
        changes = {"nullable": False}
    elif cursor.take("DROP", "NOT", "NULL"):
        changes = {"nullable": True}
    elif cursor.take("SET", "DEFAULT"):
        changes = _new_default(cursor)
    elif cursor.take("DROP", "DEFAULT"):
        changes = {"default": None, "auto": False} if cursor.dialect.default_makes_auto else {"default": None}
    else:
        changes = _other_change(cursor)
    return [AlterColumn(table, name, changes)] if changes else []


def _always(cursor: Cursor) -> bool:
    always = cursor.take("ALWAYS")
    if not always:
        cursor.expect("BY", "DEFAULT")
    return always


def _new_type(cursor: Cursor) -> dict[str, object]:
    changes: dict[str, object] = {
        "type": cursor.normal_type(type_text(cursor)),
        "collation": collation(cursor) if cursor.take("COLLATE") else None,
    }
    if cursor.take("USING"):
        expression(cursor.slice(cursor.position, len(cursor.tokens)))
        cursor.position = len(cursor.tokens)
    return changes


def _new_default(cursor: Cursor) -> dict[str, object]:
    value = default(cursor)
    if not cursor.dialect.default_makes_auto:
        return {"default": value}
    auto = takes_numbers(value, cursor)
    return {"default": None if auto else value, "auto": auto}


def _other_change(cursor: Cursor) -> dict[str, object]:
    """What PostgreSQL alone knows. Empty for what leaves nothing to see."""
    if not cursor.dialect.has_schemas:
        raise NotUnderstood("a change of a column")
    if cursor.take("TYPE") or cursor.take("SET", "DATA", "TYPE"):
        return _new_type(cursor)
    if cursor.take("ADD", "GENERATED"):
        always = _always(cursor)
        identity(cursor)
        return {"auto": True, "always": always}
    if cursor.take("SET", "GENERATED"):
        always = _always(cursor)
        cursor.position = len(cursor.tokens)  # options of the sequence
        return {"always": always}
    if cursor.take("DROP", "IDENTITY"):
        cursor.take("IF", "EXISTS")
        return {"auto": False, "always": False}
    if cursor.take("DROP", "EXPRESSION"):
        cursor.take("IF", "EXISTS")
        return {"generated": None}
    if cursor.take("SET", "EXPRESSION", "AS"):
        return {"generated": expression(cursor.parentheses())}
    if cursor.word() in ("SET", "RESET", "RESTART") and cursor.word(1) in _UNSEEN_OF_COLUMN:
        cursor.position = len(cursor.tokens)
        return {}
    raise NotUnderstood("a change of a column")


_ACTIONS = {
    "ADD": _add,
    "DROP": _drop,
    "RENAME": _rename,
    "ALTER": _alter,
    "VALIDATE": _validate,
    "MODIFY": _modify,
    "CHANGE": _change,
}
