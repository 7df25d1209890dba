"""The spellings of column types."""

from __future__ import annotations

import re

TEXT = re.compile(r"(?:var)?char\b")
_SAME_TYPES = {
    "integer": "int",
    "bool": "tinyint(1)",
    "boolean": "tinyint(1)",
    "double precision": "double",
    "real": "double",
    "numeric": "decimal",
    "dec": "decimal",
    "fixed": "decimal",
}
_OUTSIDE_STRINGS = re.compile(r"('(?:[^']|'')*')|[^']+")


def normal_type(text: str) -> str:
    """`integer UNSIGNED` as `int unsigned`, `numeric(5, 2)` as `decimal(5,2)`, `int(11)` as `int`."""
    kind = _OUTSIDE_STRINGS.sub(lambda match: match[1] or match[0].lower(), " ".join(text.split()))
    kind = re.sub(r" (?:auto_increment|not null|null|collate|character set|default|comment)\b.*", "", kind)
    kind = re.sub(r" ?([(),]) ?", r"\1", kind).replace(")unsigned", ") unsigned")
    word = re.match(r"double precision|\w*", kind)
    name = word[0] if word else ""
    kind = _SAME_TYPES.get(name, name) + kind[len(name) :]
    return kind if kind == "tinyint(1)" else re.sub(r"^((?:tiny|small|medium|big)?int)\(\d+\)", r"\1", kind)


def links(type_: str, target: str) -> bool:
    """Whether InnoDB makes a foreign key between the two: of texts the length may differ, of numbers nothing may."""
    one, other = normal_type(type_), normal_type(target)
    return one == other or (TEXT.match(one) is not None and TEXT.match(other) is not None)
