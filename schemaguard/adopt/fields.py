"""A live column ─▶ the field that makes exactly this column, where Django has one."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import django
from django.db import models
from django.db.models.expressions import RawSQL

from schemaguard.schema.compare import Comparer, Match, verdict_of
from schemaguard.schema.objects import Column, Table
from schemaguard.schema.text import length_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from schemaguard.database.base import Backend
    from schemaguard.history.shapes.columns import Columns

GEOMETRY = re.compile(r"^(geometry|geography)\((\w+?)(Z?),(\d+)\)$", re.IGNORECASE)
DECIMAL = re.compile(r"^(?:numeric|decimal)\((\d+), ?(\d+)\)$")
HAS_DB_DEFAULT = HAS_GENERATED = django.VERSION >= (5, 0)
AUTO: tuple[type[models.Field[Any, Any]], ...] = (models.BigAutoField, models.AutoField, models.SmallAutoField)
PLAIN: tuple[type[models.Field[Any, Any]], ...] = (
    models.IntegerField, models.BigIntegerField, models.SmallIntegerField, models.TextField, models.BooleanField,
    models.DateTimeField, models.DateField, models.TimeField, models.DurationField, models.FloatField, models.UUIDField,
    models.GenericIPAddressField, models.BinaryField, models.JSONField,
)  # fmt: skip
POSTGRES = (
    "HStoreField", "IntegerRangeField", "BigIntegerRangeField", "DecimalRangeField", "DateTimeRangeField",
    "DateRangeField",
)  # fmt: skip

AFFINITY: dict[str, type[models.Field[Any, Any]]] = {
    "BOOL": models.BooleanField, "DATETIME": models.DateTimeField, "DATE": models.DateField,
    "TIMESTAMP": models.DateTimeField, "TIME": models.TimeField, "INT": models.BigIntegerField,
    "CHAR": models.TextField, "CLOB": models.TextField, "TEXT": models.TextField, "BLOB": models.BinaryField,
    "REAL": models.FloatField, "FLOA": models.FloatField, "DOUB": models.FloatField, "NUM": models.FloatField,
    "DEC": models.FloatField, "MONEY": models.FloatField,
}  # fmt: skip
"""What SQLite makes of a declared type (sqlite.org/datatype3.html), and what words mean that it makes a number of."""
Options = dict[str, Any]


class Fields:
    """Finds fields for the columns of one live table."""

    def __init__(self, columns: Columns, backend: Backend, table: Table, inspected: Callable[[str], Any]) -> None:
        """`inspected(column)` is the field that Django's own introspection thinks of, or None."""
        self.columns = columns
        self.backend = backend
        self.table = table
        self.inspected = inspected

    def find(self, name: str, column: Column, *, primary_key: bool) -> models.Field[Any, Any] | None:
        """A field of this name for the column; None where no field of Django's makes it."""
        options = self._options(name, column, primary_key=primary_key)
        if column.collation:
            options["db_collation"] = column.collation
        for make in self._makers(column):
            try:
                field = make(**options)
            except (TypeError, ValueError):
                continue
            if self._makes(name, field, column):
                return field
        return None

    def generated(self, name: str, column: Column) -> models.Field[Any, Any] | None:
        """A GeneratedField, with the server's own words; None where no field has the type of what is computed."""
        plain = replace(column, name=name, generated=None, nullable=False, comment=None)
        output = self.find(name, plain, primary_key=False)
        if output is None or column.generated is None or column.generated.text is None:
            return None
        options = self._options(name, replace(column, nullable=False), primary_key=False)
        return models.GeneratedField(
            expression=RawSQL(column.generated.text, []), output_field=output, db_persist=column.stored, **options
        )

    def guess(self, name: str, column: Column, *, primary_key: bool) -> models.Field[Any, Any] | None:
        """A field that reads and writes a column whose like no field makes; None where none does so faithfully."""
        options = self._options(name, column, primary_key=primary_key)
        if self.backend.reads_all_as_text:
            # As text a server takes and tells nearly everything. A driver makes a dictionary of json, not of jsonb.
            return None if column.type.startswith("json") else models.TextField(**options)
        made = next((AFFINITY[word] for word in AFFINITY if word in column.type.upper()), None)
        return None if made is None else made(**options)

    def _options(self, name: str, column: Column, *, primary_key: bool) -> Options:
        options: Options = {}
        if column.name != name:
            options["db_column"] = column.name
        if primary_key:
            options["primary_key"] = True
        elif column.nullable:
            options |= {"null": True, "blank": True}
        if column.comment and self.backend.has_comments:
            options["db_comment"] = column.comment
        return options

    def with_default(self, field: models.Field[Any, Any], column: Column) -> bool:
        """Gives the field the database's default; False where Django cannot say it, and for a key of its own making."""
        if column.auto or column.default is None or column.default.text is None:
            return True
        if not HAS_DB_DEFAULT:  # pragma: no cover - Django before 5.0
            return False
        field.db_default = _literal(column.default.text)
        return True

    def _makers(self, column: Column) -> Iterator[Callable[..., models.Field[Any, Any]]]:
        if column.auto:
            yield from AUTO
            return
        length, decimal = length_of(column.type), DECIMAL.match(column.type)
        if length is not None:
            yield lambda **options: models.CharField(max_length=length, **options)
        if decimal is not None:
            yield lambda **options: models.DecimalField(
                max_digits=int(decimal[1]), decimal_places=int(decimal[2]), **options
            )
        geometry = GEOMETRY.match(column.type) if self.columns.is_spatial else None
        if geometry is not None:  # pragma: no cover - PostGIS alone
            over = [each for each in self.table.constraints if each.columns == (column.name,)]
            indexed = any(getattr(each, "method", "") == "gist" for each in over)
            yield _geometry(*geometry.groups(), indexed=indexed)
        known = self.inspected(column.name)
        if known is not None:
            yield known
        yield from PLAIN
        yield lambda **options: models.CharField(**options)
        if self.backend.serves_contrib_postgres:
            yield from self._postgres(column)

    def _postgres(self, column: Column) -> Iterator[Callable[..., models.Field[Any, Any]]]:
        from django.contrib.postgres import fields, search

        for name in POSTGRES:
            yield getattr(fields, name)
        yield search.SearchVectorField
        if column.type.endswith("[]"):
            bare = Column(name=column.name, type=column.type[:-2])
            base = self.find(column.name, bare, primary_key=False)
            if base is not None:
                yield lambda **options: fields.ArrayField(base, **options)

    def _makes(self, name: str, field: models.Field[Any, Any], column: Column) -> bool:
        try:
            made = self.columns.plain(name, field)
        except Exception:  # noqa: BLE001 (a field may want an app of its own to be installed)
            return False
        if made.auto != column.auto or field.db_check(connection=self.columns.connection) is not None:
            return False
        return same_column(self.backend, self.table, made, column)


def _geometry(  # pragma: no cover - PostGIS alone
    kind: str, shape: str, z: str, srid: str, *, indexed: bool
) -> Callable[..., models.Field[Any, Any]]:
    """PostGIS spells a type `geometry(PointZ,4326)`, GeoDjango a field `PointField(dim=3, srid=4326)`."""
    from django.contrib.gis.db import models as geo

    names = {name.lower(): name for name in dir(geo) if name.endswith("Field")}
    field: Any = getattr(geo, names.get(f"{shape.lower()}field", "GeometryField"))
    options: Options = {"srid": int(srid)} if int(srid) != 4326 else {}
    options |= {"dim": 3} if z else {}
    options |= {"geography": True} if kind.lower() == "geography" else {}
    options |= {} if indexed else {"spatial_index": False}
    return lambda **more: field(**options, **more)


def same_column(backend: Backend, table: Table, expected: Column, actual: Column) -> bool:
    """Whether a server takes the two for one, defaults and comments aside."""
    answers = backend.answers()
    for _ in range(2):
        found = Comparer(table, answers).column(expected, actual)
        if not answers.open:
            break
        answers = backend.answers(backend.same(list(answers.open)))
    counted = tuple(each for each in found if each.attribute in ("type", "nullable", "collation"))
    return verdict_of(counted) is Match.SAME


def _literal(text: str) -> Any:
    """A default as a value of Python's where it is a plain one, else as the SQL that it is."""
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    return RawSQL(text.replace("%", "%%"), [])
