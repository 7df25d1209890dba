"""How things are put into words: shapes as SQL-like text, differences by name, and the commands that mend them."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS

from schemaguard.schema.compare import Difference, Match, table_differences
from schemaguard.schema.objects import (
    Check,
    Column,
    Constraint,
    Elsewhere,
    Exclusion,
    Expression,
    ForeignKey,
    Index,
    IndexPart,
    Owner,
    PrimaryKey,
    Table,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

LONG = 160
NOT_ENFORCED = "NOT ENFORCED"
RECONCILE = "manage.py schemaguard reconcile"
MIGRATE = "manage.py migrate"
ALTER = f"{RECONCILE} --on-conflict alter"
ADOPT = "manage.py schemaguard adopt"
TABLE_WORDS = {
    "logged": ("logged", "unlogged"),
    "row_security": ("under row level security", "without row level security"),
    "forced": ("under row level security that binds its owner too", "under row level security that spares its owner"),
}
PARTS_OF_TABLES = {
    Owner.PARTITION: (
        "a partition", "ALTER TABLE … ATTACH PARTITION {table} FOR VALUES …, with the bounds that its migration says"
    ),
    Owner.INHERITED: ("a child of another table", "ALTER TABLE {table} INHERIT …"),
}  # fmt: skip
"""What a table is that has its columns from another one, and how it becomes so again."""
UNSIGNED = " unsigned"
THREE_BYTES = ("utf8mb3_", "utf8_")
LACKS_FOUR_BYTES = "an emoji, or any other character of four bytes, cannot be stored"
USUAL_COLLATION = "of the collation of the database"
SEVERAL_COLLATIONS = "texts in it are compared otherwise than in other tables, and no foreign key joins the two"
NAMED_BY_TABLES = {
    "engine": ("ENGINE", "of the usual engine"),
    "collation": ("COLLATE", USUAL_COLLATION),
}
COMMAND = re.compile(r"\bmanage\.py (?:schemaguard [a-z]+|migrate)\b")
"""Those that take the default database where they are told no other."""
TAKES_SCHEMA = re.compile(r"manage\.py schemaguard (?:check|reconcile)\b")


def numbered(number: int, what: str) -> str:
    """Example: `1 row`, `2,000 rows`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def command_line(alias: str, name: str, *arguments: str) -> str:
    """A command to copy: arguments are quoted for the shell, and the database is named where it is not the default."""
    return " ".join([on_database(f"manage.py {name}", alias), *map(shlex.quote, arguments)])


def on_database(text: str, alias: str, schema: str | None = None) -> str:
    """The text, whose first command names the database, and the schema where it was one of many."""
    options = "" if alias == DEFAULT_DB_ALIAS else f" --database {shlex.quote(alias)}"
    of_schema = "" if schema is None else in_schema(schema)
    if not options and not of_schema:
        return text

    def named(found: re.Match[str]) -> str:
        return f"{found[0]}{options}{of_schema if TAKES_SCHEMA.match(found[0]) else ''}"

    return COMMAND.sub(named, text, count=1)


def in_schema(schema: str) -> str:
    """The option that names one schema of many."""
    return f" --schema {shlex.quote(schema)}"


def move_back(others: Collection[Elsewhere], home: str) -> str:
    """What a person has to do where the table stands in several other schemas, or in one that this role may not use."""
    which = "the right one" if len(others) > 1 else "it"
    moves = " or ".join(f"ALTER TABLE {each.words} SET SCHEMA {home}" for each in others)
    return f"as the owner of the table move {which} back ({moves}), or put its schema on the search path"


def column(shape: Column) -> str:
    """`varchar(254) NOT NULL`, as a person would write it in a CREATE TABLE."""
    words = [shape.type]
    if shape.collation:
        words.append(f'COLLATE "{shape.collation}"')
    words.append("NULL" if shape.nullable else "NOT NULL")
    if shape.default is not None:
        words.append(f"DEFAULT {text(shape.default)}")
    if shape.generated is not None:
        words.append(f"GENERATED ALWAYS AS ({text(shape.generated)}) {'STORED' if shape.stored else 'VIRTUAL'}")
    if shape.auto and shape.default is None:
        words.append("AUTO ALWAYS" if shape.always else "AUTO")
    return " ".join(words)


def table(expected: Any, actual: Table) -> tuple[str, str]:
    """In what a table differs from a TableShape, in the words of its `CREATE TABLE` and `ALTER TABLE`."""
    wanted: list[str] = []
    there: list[str] = []
    for difference in table_differences(expected, actual):
        for words, side in ((wanted, expected), (there, actual)):
            words.append(_table_word(difference.attribute, getattr(side, difference.attribute)))
    return " and ".join(wanted), " and ".join(there)


def column_consequence(expected: Column, actual: Column) -> str:
    """What it does to the program that a column has another type, or a default; empty where the types say it."""
    wanted, there = expected.type, actual.type
    if wanted == "uuid" and there.startswith(("char", "varchar", "character")):
        return (
            "Django writes 36 characters there (Data too long) and finds no row by them; a field whose db_type is "
            f"{there}, as Django's release notes have it, goes on with it"
        )
    if wanted.endswith("(6)") and there == wanted.removesuffix("(6)"):
        return "fractions of a second are lost, and what is looked for by them is not found"
    if wanted == "json" and there.endswith(("text", "blob")):
        return "nothing keeps text out of it that is no JSON, on which Django fails when it reads it"
    if wanted.removesuffix(UNSIGNED) == there.removesuffix(UNSIGNED) and wanted != there:
        return "no foreign key joins a signed and an unsigned number"
    if expected.default is None and actual.default is not None and wanted == there and not expected.auto:
        return "perhaps an AddField was killed that gave it for a moment; an INSERT without a value gets it"
    return ""


def compared_by(collation: str) -> str:
    """`COLLATE utf8mb3_general_ci`, and what its character set lacks."""
    lacks = f", so that {LACKS_FOUR_BYTES}" if collation.startswith(THREE_BYTES) else ""
    return f"COLLATE {collation}{lacks}"


def _table_word(attribute: str, value: Any) -> str:
    if attribute in NAMED_BY_TABLES:
        word, usual = NAMED_BY_TABLES[attribute]
        return f"{word} {value}" if value else usual
    yes, no = TABLE_WORDS[attribute]
    return yes if value else no


def consequence(expected: Any, actual: Table) -> str:
    """What it does to the program that a table is logged, or under row level security, and should not, or should."""
    found = []
    differing = {difference.attribute for difference in table_differences(expected, actual)}
    if "logged" in differing:
        found.append("after a crash it is empty" if expected.logged else "each write is logged")
    if "engine" in differing:
        found.append(
            "it may have no foreign keys, and what is written to it may stay when a transaction is rolled back"
        )
    if "collation" in differing:
        found.append(SEVERAL_COLLATIONS)
        if (actual.collation or "").startswith(THREE_BYTES):
            found.append(LACKS_FOUR_BYTES)
    if "row_security" in differing and expected.row_security:
        found.append("every role that may read it sees all rows")
    elif differing & {"row_security", "forced"} and actual.row_security:
        policies = (
            f"its policies ({', '.join(actual.policies)})" if actual.policies else "policies, of which it has none,"
        )
        who = "this role sees" if actual.filtered else "roles other than its owner see"
        found.append(f"{who} the rows alone that {policies} let through")
    return "; ".join(found)


def constraint(shape: Constraint) -> str:
    """One line for a constraint or index, without its name."""
    match shape:
        case PrimaryKey():
            return f"PRIMARY KEY ({', '.join(shape.columns)})"
        case ForeignKey():
            words = [f"FOREIGN KEY ({', '.join(shape.columns)}) REFERENCES {shape.target}"]
            if shape.target_columns:
                words[0] += f" ({', '.join(shape.target_columns)})"
            if shape.on_delete != "NO ACTION":
                words.append(f"ON DELETE {shape.on_delete}")
            if shape.on_update != "NO ACTION":
                words.append(f"ON UPDATE {shape.on_update}")
            words += _deferrable(shape.deferrable, shape.deferred)
            return " ".join([*words, *_for_rows(shape)])
        case Check():
            return " ".join([f"CHECK ({text(shape.expression)})", *_for_rows(shape)])
        case Exclusion():
            keys = ", ".join(f"{part(p)} WITH {o}" for p, o in zip(shape.parts, shape.operators, strict=False))
            return " ".join([f"EXCLUDE USING {shape.method} ({keys})", *_tail(shape)])
    words = ["UNIQUE" if shape.unique else "INDEX"]
    if shape.method != "btree":
        words.append(f"USING {shape.method}")
    words.append(f"({', '.join(map(part, shape.parts))})")
    if not shape.nulls_distinct:
        words.append("NULLS NOT DISTINCT")
    words += _tail(shape)
    if not shape.valid:
        words.append("INVALID")
    if not shape.visible:
        words.append("INVISIBLE")
    return " ".join(words)


def unfinished(actual: str) -> str:
    """What is said of a constraint or an index that is there in its place and does not do what it is for."""
    return "is not enforced" if actual.endswith(NOT_ENFORCED) else "was never finished"


def _for_rows(shape: ForeignKey | Check) -> list[str]:
    """Which rows it holds for, where these are not all."""
    if not shape.enforced:
        return [NOT_ENFORCED]
    return [] if shape.validated else ["NOT VALID"]


def part(shape: IndexPart) -> str:
    words = [shape.column if shape.column is not None else f"({text(shape.expression)})"]
    if shape.collation:
        words.append(f'COLLATE "{shape.collation}"')
    if shape.opclass:
        words.append(shape.opclass)
    if shape.descending:
        words.append("DESC")
    if shape.nulls_first is not None:
        words.append("NULLS FIRST" if shape.nulls_first else "NULLS LAST")
    return " ".join(words)


def text(expression: Expression | None) -> str:
    found = expression.text if expression is not None else None
    if found is None:
        return "…"
    return found if len(found) <= LONG else found[: LONG - 1] + "…"


def short(sql: str) -> str:
    """A statement on one line, cut where it is long."""
    found = " ".join(sql.split())
    return found if len(found) <= LONG else found[: LONG - 1] + "…"


def _tail(shape: Index | Exclusion) -> list[str]:
    words = []
    if shape.include:
        words.append(f"INCLUDE ({', '.join(shape.include)})")
    if shape.condition is not None:
        words.append(f"WHERE {text(shape.condition)}")
    return words + _deferrable(shape.deferrable, shape.deferred)


def _deferrable(deferrable: bool, deferred: bool) -> list[str]:
    if not deferrable:
        return []
    return ["DEFERRABLE INITIALLY DEFERRED" if deferred else "DEFERRABLE"]


def rebuilt(table: str) -> str | None:
    """The table that Django's editor for SQLite was making anew under this name."""
    return table.removeprefix("new__") if table.startswith("new__") else None


def left_by_a_rebuild(table: str) -> str:
    return f"table {table} was left by a migrate that was killed while it made {rebuilt(table)} anew"


def drop_rebuild(table: str) -> str:
    quoted = table.replace('"', '""')
    return f'see that {rebuilt(table)} has all of its rows, then drop the other: DROP TABLE "{quoted}"'


def left_unfinished(index: str, table: str) -> str:
    return (
        f"{index} on {table} is INVALID, so that writes keep it up and no query uses it: a CREATE INDEX or REINDEX "
        "CONCURRENTLY is at work, or has failed"
    )


def drop_unfinished(index: str) -> str:
    """`index` is a key: `s"."i` where it is outside the search path."""
    return f'DROP INDEX CONCURRENTLY "{index}", where pg_stat_progress_create_index shows nobody who builds it'


def differing(differences: Iterable[Difference]) -> str:
    """`type and nullability`."""
    names = {
        "nullable": "nullability", "auto": "automatic numbering", "target_columns": "target", "parts": "columns",
        "visible": "visibility",
    }  # fmt: skip
    found = list(
        dict.fromkeys(
            names.get(each.attribute, each.attribute.replace("_", " "))
            for each in differences
            if each.match is Match.DIFFERENT
        )
    )
    return " and ".join([", ".join(found[:-1]), found[-1]] if len(found) > 1 else found)
