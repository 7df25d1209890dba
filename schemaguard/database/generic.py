"""Any other database, through the introspection that its Django backend brings: sees less, and says what it does not.

Django's introspection asks each table by itself: the number of queries grows with the tables.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError

from schemaguard.database.base import Backend
from schemaguard.schema.kinds import Kind
from schemaguard.schema.objects import (
    Column,
    Constraint,
    Expression,
    ForeignKey,
    Index,
    IndexPart,
    Owner,
    PrimaryKey,
    Schema,
    Table,
)
from schemaguard.schema.sequences import Sequence

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.schema.questions import Answer, Question

UNSEEN = (
    "the text of check constraints",
    "the predicate of partial indexes",
    "the expressions of indexes and of generated columns",
    "defaults of columns, unless the database's own Django backend tells them",
    "whether constraints are deferrable and validated, and what foreign keys do ON DELETE",
    "sizes and precisions of types, where the database's own Django backend does not tell them",
)
_OWNERS = {"v": Owner.VIEW, "m": Owner.VIEW, "p": Owner.PARTITION, "t": Owner.NOBODY}


class GenericBackend(Backend):
    """Reads what `connection.introspection` reads. Only what it sees for sure is ever said to be missing.

    Types are not comparable with what Django's schema editor writes: columns have the name of the field class that
    the introspection takes them for, with a length where it tells one, and `normal_type` makes that of a type as well.
    """

    vendor = "generic"
    sees_expressions = False

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        super().__init__(connection)
        self.vendor = self.dialect = connection.vendor
        self.transactional_ddl = bool(connection.features.can_rollback_ddl)
        self._types = _Types(connection)

    def normal_type(self, text: str) -> str:
        return self._types.normal(text)

    def read(self, *, schemas: Collection[str] = ()) -> Schema:
        introspection = self.connection.introspection
        tables: dict[str, Table] = {}
        others: set[tuple[Kind, str]] = set()
        sequences: list[Sequence] = []
        unseen = list(UNSEEN)
        with self.connection.cursor() as cursor:
            for info in introspection.get_table_list(cursor):
                owner = _OWNERS.get(info.type, Owner.NOBODY)
                if owner is Owner.VIEW:
                    others.add((Kind.VIEW, info.name))
                    continue
                try:
                    tables[info.name], found = self._table(cursor, info, owner)
                except (DatabaseError, LookupError) as error:
                    unseen.append(f"table {info.name}: {error}")
                    continue
                sequences += found
        return Schema(
            vendor=self.vendor,
            tables=MappingProxyType(tables),
            sequences=tuple(sequences),
            others=frozenset(others),
            kinds=frozenset({Kind.VIEW}),
            unseen=tuple(unseen),
        )

    def same(self, questions: Collection[Question]) -> Mapping[Question, Answer]:
        """Expressions nobody can judge; types are different where they are surely so, as a number and a text are."""
        return {question: self._same(question) for question in questions}

    def _same(self, question: Question) -> Answer:
        if question.kind != "type":
            return None
        expected, actual = self.normal_type(question.expected), self.normal_type(question.actual)
        if expected == actual:
            return True
        families = _family(expected), _family(actual)
        if None in families:
            return None
        return None if families[0] == families[1] and not (_has_size(expected) and _has_size(actual)) else False

    def _table(self, cursor: Any, info: Any, owner: Owner) -> tuple[Table, tuple[Sequence, ...]]:
        introspection = self.connection.introspection
        sequences = tuple(self._sequences(cursor, info.name))
        behind = {sequence.column for sequence in sequences}
        described = introspection.get_table_description(cursor, info.name)
        columns = {said.name: self._column(said, said.name in behind) for said in described}
        # Whether keys are deferrable is not told; they are taken to be as Django makes them on this database.
        deferred = "DEFERRED" in self.connection.ops.deferrable_sql().upper()
        found = introspection.get_constraints(cursor, info.name)
        table = Table(
            name=info.name,
            columns=MappingProxyType(columns),
            constraints=tuple(kept for name, said in found.items() for kept in _constraints(name, said, deferred)),
            comment=getattr(info, "comment", None) or None,
            owner=owner,
        )
        return table, tuple(found for found in sequences if found.name and columns[found.column].auto)

    def _column(self, said: Any, has_sequence: bool) -> Column:
        kind = self._types.described(said)
        # SQLite's introspection tells of a sequence behind any primary key, a text one included.
        auto = _family(kind) == "number" and (has_sequence or "AutoField" in self._types.field(said))
        default = getattr(said, "default", None)
        return Column(
            name=said.name,
            type=kind,
            nullable=bool(said.null_ok) and not auto,
            default=None if default is None or auto else Expression(str(default)),
            auto=auto or bool(getattr(said, "is_autofield", False)),
            collation=getattr(said, "collation", None) or None,
        )

    def _sequences(self, cursor: Any, table: str) -> Iterator[Sequence]:
        """A backend need not have `get_sequences`: it raises NotImplementedError by default."""
        try:
            found = self.connection.introspection.get_sequences(cursor, table)
        except NotImplementedError:
            return
        for said in found:
            if said.get("column"):
                yield Sequence(name=said.get("name") or "", table=said["table"], column=said["column"])


def _constraints(name: str, said: Mapping[str, Any], deferred: bool) -> Iterator[Constraint]:
    """One entry of `get_constraints`, which may be an index and a key in one."""
    columns = tuple(column for column in said["columns"] or () if column is not None)
    if said["primary_key"]:
        yield PrimaryKey(columns=columns, name=name)
    elif said["unique"] or (said["index"] and not said["foreign_key"]):
        yield _index(name, said)
    if said["foreign_key"]:
        target, column = said["foreign_key"]
        yield ForeignKey(
            columns=columns,
            target=target,
            target_columns=(column,) if column else (),
            name=name,
            deferrable=deferred,
            deferred=deferred,
        )


def _index(name: str, said: Mapping[str, Any]) -> Index:
    columns = list(said["columns"] or [None])
    orders = [*(said.get("orders") or ()), *[""] * len(columns)]
    parts = tuple(
        IndexPart(
            column=column,
            expression=Expression(None) if column is None else None,
            descending=orders[place] == "DESC",
        )
        for place, column in enumerate(columns)
    )
    method = str(said.get("type") or "").lower()
    unique = bool(said["unique"])
    method = "btree" if unique or method in ("", "idx") else method
    return Index(name=name, parts=parts, unique=unique, constraint=unique, method=method)


class _Types:
    """One name for a type on both sides, that of a field class: for what introspection describes, and for what the
    schema editor writes."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self._patterns = tuple(_patterns(connection))

    def normal(self, text: str) -> str:
        spelling = " ".join(text.lower().split())
        for field, pattern in self._patterns:
            match = pattern.fullmatch(spelling)
            if match is not None:
                return _sized(field, match[1] if match.re.groups else None)
        return text if text.partition("(")[0] in self.connection.data_types else spelling

    def described(self, said: Any) -> str:
        return _sized(_ALIKE.get(self.field(said), self.field(said)), _size(said))

    def field(self, said: Any) -> str:
        """The field class that introspection takes a column for; its type's own name where it knows none."""
        try:
            found: Any = self.connection.introspection.get_field_type(said.type_code, said)
        except (LookupError, TypeError):
            return str(said.type_code).lower()
        return str(found[0] if isinstance(found, tuple) else found)


def _patterns(connection: BaseDatabaseWrapper) -> Iterator[tuple[str, re.Pattern[str]]]:
    """What the schema editor writes for each field class, the narrowest and the plainest first."""
    written = []
    for field, template in connection.data_types.items():
        given: Any = template
        text = given({"max_length": "%(max_length)s"}) if callable(given) else given
        if isinstance(text, str):
            size = re.escape(" ".join(text.lower().split()))
            written.append((_ALIKE.get(field, field), re.sub(r"%\\?\([a-z_]+\\?\)s", r"(\\d+)", size)))
    for field, pattern in sorted(written, key=lambda pair: (pair[1].count("\\d"), pair[0] not in _FAMILIES)):
        yield field, re.compile(pattern)


def _size(said: Any) -> str | None:
    size = getattr(said, "display_size", None) or getattr(said, "internal_size", None)
    return str(size) if size and int(size) > 0 else None


def _sized(field: str, size: str | None) -> str:
    return f"CharField({size})" if field == "CharField" and size else field


def _family(kind: str) -> str | None:
    return _FAMILIES.get(kind.partition("(")[0])


def _has_size(kind: str) -> bool:
    return "(" in kind


# Field classes whose columns introspection does not tell from others'.
_ALIKE = {
    "AutoField": "IntegerField",
    "BigAutoField": "BigIntegerField",
    "SmallAutoField": "SmallIntegerField",
    "PositiveIntegerField": "IntegerField",
    "PositiveBigIntegerField": "BigIntegerField",
    "PositiveSmallIntegerField": "SmallIntegerField",
    "OneToOneField": "IntegerField",
    "SlugField": "CharField",
    "FileField": "CharField",
    "FilePathField": "CharField",
    "IPAddressField": "CharField",
}
# A column of one family is never one of another. What some databases keep as text or number is in none.
_FAMILIES = {
    "BooleanField": "number",
    "IntegerField": "number",
    "BigIntegerField": "number",
    "SmallIntegerField": "number",
    "DecimalField": "number",
    "FloatField": "number",
    "CharField": "text",
    "TextField": "text",
    "DateField": "time",
    "DateTimeField": "time",
    "TimeField": "time",
    "BinaryField": "binary",
}

BACKEND = GenericBackend
