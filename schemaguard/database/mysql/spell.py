"""Statements that make, drop and rename a constraint or an index of a given shape, and that restate a whole column.

Source: CREATE INDEX and ALTER TABLE of MySQL and of MariaDB, which differ in how a check is dropped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.database.spelling import Quote, column_list, key_of
from schemaguard.schema.objects import Check, Column, Constraint, ForeignKey, Index, IndexPart, PrimaryKey
from schemaguard.schema.text import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NO_LITERAL_DEFAULTS = frozenset({"tinytext", "text", "mediumtext", "longtext", "json"})
"""MySQL takes an expression as the default of these, and no literal."""
SPECIAL = ("fulltext", "spatial")


def spell(table: str, constraint: Constraint, quote: Quote) -> str | None:
    """CREATE INDEX or ALTER TABLE … ADD; None where an expression cannot be told."""
    head = f"ALTER TABLE {quote(table)} ADD"
    named = f" CONSTRAINT {quote(constraint.name)}" if constraint.name else ""
    match constraint:
        case Index():
            parts = [_part(part, quote) for part in constraint.parts]
            if None in parts or constraint.name is None:
                return None
            kind = constraint.method.upper() if constraint.method in SPECIAL else "UNIQUE" if constraint.unique else ""
            keys = ", ".join(filter(None, parts))
            return f"CREATE {kind} INDEX".replace("  ", " ") + f" {quote(constraint.name)} ON {quote(table)} ({keys})"
        case PrimaryKey():
            return f"{head} PRIMARY KEY ({column_list(constraint.columns, quote)})"
        case Check() if constraint.expression.text is not None:
            return f"{head}{named} CHECK ({constraint.expression.text}){'' if constraint.enforced else ' NOT ENFORCED'}"
        case ForeignKey():
            target = f"{quote(constraint.target)} ({column_list(constraint.target_columns, quote)})"
            actions = (("DELETE", constraint.on_delete), ("UPDATE", constraint.on_update))
            ends = "".join(f" ON {event} {action}" for event, action in actions if action != "NO ACTION")
            return f"{head}{named} FOREIGN KEY ({column_list(constraint.columns, quote)}) REFERENCES {target}{ends}"
    return None


def dropped(table: str, constraint: Constraint, quote: Quote, *, mariadb: bool) -> str:
    """The statement that drops a live one."""
    name = quote(constraint.name or "")
    match constraint:
        case PrimaryKey():
            what = "PRIMARY KEY"
        case ForeignKey():
            what = f"FOREIGN KEY {name}"
        case Check():
            what = f"{'CONSTRAINT' if mariadb else 'CHECK'} {name}"
        case _:
            what = f"INDEX {name}"
    return f"ALTER TABLE {quote(table)} DROP {what}"


def index_for(key: ForeignKey, quote: Quote) -> str:
    """A part of ALTER TABLE that makes the index which InnoDB makes for a foreign key without one."""
    return f"ADD INDEX {quote(key.name or '')} ({column_list(key.columns, quote)})"


def key_instead(table: str, key: PrimaryKey, there: Iterable[tuple[str, str]], quote: Quote) -> str:
    """A primary key in place of another. `there`: the columns of that, each with its EXTRA."""
    hidden = [name for name, extra in there if is_hidden_key(name, extra)]
    gone = f"COLUMN {quote(hidden[0])}" if hidden else "PRIMARY KEY"
    return f"ALTER TABLE {quote(table)} DROP {gone}, ADD PRIMARY KEY ({column_list(key.columns, quote)})"


def is_hidden_key(name: str, extra: str) -> bool:
    """Whether the server made it for a table without a key (`sql_generate_invisible_primary_key`)."""
    return name == "my_row_id" and "invisible" in extra.lower() and "auto_increment" in extra.lower()


def validated(table: str, constraint: Constraint, quote: Quote, *, mariadb: bool) -> str:
    """The statement that enforces a live check, or makes a live index visible."""
    name = quote(constraint.name or "")
    if isinstance(constraint, Index):
        return f"ALTER TABLE {quote(table)} ALTER INDEX {name} {'NOT IGNORED' if mariadb else 'VISIBLE'}"
    return f"ALTER TABLE {quote(table)} ALTER CHECK {name} ENFORCED"


def renamed(table: str, constraint: Constraint, new_name: str, quote: Quote) -> str | None:
    """The statement that gives an index another name; None for what has to be dropped and made again."""
    if not isinstance(constraint, Index) or constraint.name is None:
        return None
    return f"ALTER TABLE {quote(table)} RENAME INDEX {quote(constraint.name)} TO {quote(new_name)}"


def column(shape: Column, quote: Quote, *, extra: str = "", check: str | None = None) -> str:
    """A column as MODIFY takes it, with all that it has; what is left out would be lost.

    `extra` holds words of the live column that no migration gives (ON UPDATE, INVISIBLE); `check` is the text of a
    check that is part of the definition (MariaDB).
    """
    return " ".join(filter(None, _words(shape, quote, extra, check)))


def _words(shape: Column, quote: Quote, extra: str, check: str | None) -> Iterator[str]:
    yield quote(shape.name)
    yield shape.type
    yield f"COLLATE {shape.collation}" if shape.collation else ""
    if shape.generated is not None:
        yield f"GENERATED ALWAYS AS ({shape.generated.text}) {'STORED' if shape.stored else 'VIRTUAL'}"
    else:
        yield "NULL" if shape.nullable else "NOT NULL"
    if shape.default is not None and shape.default.text is not None:
        is_limited = shape.type.partition("(")[0] in NO_LITERAL_DEFAULTS
        yield f"DEFAULT ({shape.default.text})" if is_limited else f"DEFAULT {shape.default.text}"
    yield "AUTO_INCREMENT" if shape.auto else ""
    yield extra
    yield f"COMMENT {literal(shape.comment)}" if shape.comment else ""
    yield f"CHECK ({check})" if check else ""


def _part(part: IndexPart, quote: Quote) -> str | None:
    key = key_of(part, quote)
    return f"{key}{part.opclass or ''}{' DESC' if part.descending else ''}" if key is not None else None
