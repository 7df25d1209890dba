"""Column types: Django's spelling of them, in the spelling of PostgreSQL's format_type."""

from __future__ import annotations

import re
from functools import lru_cache

ALIASES = {
    "bool": "boolean",
    "int": "integer",
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "serial": "integer",
    "serial4": "integer",
    "bigserial": "bigint",
    "serial8": "bigint",
    "smallserial": "smallint",
    "serial2": "smallint",
    "float4": "real",
    "float": "double precision",
    "float8": "double precision",
    "decimal": "numeric",
    "dec": "numeric",
    "varchar": "character varying",
    "char varying": "character varying",
    "char": "character",
    "bpchar": "character",
    "varbit": "bit varying",
    "timestamptz": "timestamp with time zone",
    "timestamp": "timestamp without time zone",
    "timetz": "time with time zone",
    "time": "time without time zone",
}
# A type that is a single character wide where no length is given.
ONE_LONG = {"character", "bit"}
SHAPE = re.compile(
    r"^(?P<name>[^(\[]+?)\s*(?:\((?P<modifier>[^)]*)\))?(?P<rest>\s+[a-z ]+?)?\s*(?P<array>(?:\[\d*\])*)$",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def normal_type(text: str) -> str:
    """`varchar(254)` → `character varying(254)`, `serial` → `integer`, `numeric(10, 2)[3]` → `numeric(10,2)[]`.

    What is not known (an extension's type) is left as it stands, white space aside.
    """
    found = SHAPE.match(text.strip())
    if found is None or '"' in text:
        return text.strip()
    name = " ".join(found["name"].lower().split())
    rest = " " + " ".join(found["rest"].lower().split()) if found["rest"] else ""
    modifier = found["modifier"]
    if rest and name in ("timestamp", "time"):
        name, rest = (name + rest, "") if modifier is None else (name, rest)
    else:
        name, rest = name + rest, ""
        if modifier is not None and name in ("timestamptz", "timestamp", "timetz", "time"):
            base, _, rest = ALIASES[name].partition(" ")
            name, rest = base, " " + rest
        else:
            name = ALIASES.get(name, name)
    if modifier is not None:
        modifier = f"({','.join(part.strip() for part in modifier.split(','))})"
        if name == "numeric" and "," not in modifier:
            modifier = modifier[:-1] + ",0)"
    elif name in ONE_LONG:
        modifier = "(1)"
    array = "[]" if found["array"] else ""
    return f"{name}{modifier or ''}{rest}{array}"


LINKED = (
    ("smallint", "integer", "bigint"),
    ("text", "character varying", "character", "citext"),
    ("uuid",),
    ("boolean",),
    ("date", "timestamp without time zone", "timestamp with time zone"),
)
"""PostgreSQL compares no value of one of these with one of another, so no foreign key can lead from one to another."""


def links(type_: str, target: str) -> bool:
    """Whether the two compare, as far as they are known."""
    one, other = _family(type_), _family(target)
    return not one or not other or one == other


def _family(kind: str) -> int | None:
    word = kind.partition("(")[0].strip()
    return next((i for i, family in enumerate(LINKED, 1) if word in family), None)
