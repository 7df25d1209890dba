"""Which values MODIFY would change, or refuse, when it gives a column another type."""

from __future__ import annotations

import re

INTEGERS = {"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "bigint": 64}
"""How many bits each type has."""
TEXTS = frozenset({"char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set"})
NUMBERS = frozenset({"decimal", "float", "double"})
MOMENTS = frozenset({"datetime", "timestamp", "date", "time"})
BYTES = {"tinytext": 2**8, "text": 2**16, "mediumtext": 2**24, "longtext": 2**32}
"""A text of these types has fewer bytes than this."""
UUID = "'^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$'"
_TYPE = re.compile(r"(\w+)(?:\(([^)]*)\))?( unsigned)?")


def changed_values(column: str, expected: str, actual: str) -> str:
    """SQL for the rows whose value would not stay the same; empty where all do. `column` is given quoted.

    Strings that are too long for a varchar are counted elsewhere. Of a pair of types of which nothing is known, every
    value counts.
    """
    new, old = _base(expected), _base(actual)
    if new in INTEGERS and old in INTEGERS:
        return _outside_range(column, expected, actual)
    if new in TEXTS:
        return _too_many_bytes(column, new, old)
    if new == "json":
        return f"NOT JSON_VALID({column})" if old in TEXTS else f"{column} IS NOT NULL"
    if new == "uuid" and old in TEXTS:
        return f"{column} IS NOT NULL AND CAST({column} AS uuid) IS NULL"  # more than hexadecimal digits: the variant
    if new in NUMBERS | INTEGERS.keys() and (old in NUMBERS or old in INTEGERS):
        return f"{_as_number(column, expected)} <> {column}"
    if new in NUMBERS | INTEGERS.keys() and old in TEXTS:
        return f"CAST({_as_number(column, expected)} AS CHAR) <> {column}"
    if new in MOMENTS and old in MOMENTS:
        return f"NOT (CAST({column} AS {expected.replace('timestamp', 'datetime')}) <=> {column})"
    return f"{column} IS NOT NULL"


def refuses(expected: str, actual: str) -> bool:
    """Whether MODIFY fails over the values that `changed_values` finds, in strict mode. Else it rounds them."""
    new, old = _base(expected), _base(actual)
    return new in TEXTS | {"json", "uuid"} or (new in INTEGERS and old in INTEGERS) or old in TEXTS


def loses_hyphens(expected: str, actual: str) -> bool:
    """Whether a UUID is one of 32 characters without the hyphens that it has."""
    return actual in ("uuid", "char(36)", "varchar(36)") and expected in ("char(32)", "varchar(32)")


def is_text(type_: str) -> bool:
    return _base(type_) in TEXTS


def without_hyphens(text: str) -> str:
    return f"IF({text} REGEXP {UUID}, REPLACE({text}, '-', ''), {text})"


def _base(type_: str) -> str:
    match = _TYPE.match(type_)
    return match[1] if match is not None else type_


def _range(type_: str) -> tuple[int, int]:
    bits = INTEGERS[_base(type_)]
    return (0, 2**bits - 1) if type_.endswith("unsigned") else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def largest(type_: str) -> int | None:
    """The largest number of an integer type; None for any other."""
    return _range(type_)[1] if _base(type_) in INTEGERS else None


def _outside_range(column: str, expected: str, actual: str) -> str:
    (least, most), (actual_least, actual_most) = _range(expected), _range(actual)
    if least <= actual_least and actual_most <= most:
        return ""
    return f"{column} NOT BETWEEN {least} AND {most}"


def _too_many_bytes(column: str, new: str, old: str) -> str:
    most = BYTES.get(new)
    if most is None or BYTES.get(old, 0 if old in TEXTS else 2**8) <= most:
        return f"{column} IS NOT NULL" if new in ("enum", "set") else ""
    return f"LENGTH({column}) >= {most}"


def _as_number(column: str, type_: str) -> str:
    base = _base(type_)
    if base == "decimal":
        return f"CAST({column} AS {type_.removesuffix(' unsigned')})"
    if base in INTEGERS:
        return f"CAST({column} AS {'UNSIGNED' if type_.endswith('unsigned') else 'SIGNED'})"
    return f"({column} + 0e0)"
