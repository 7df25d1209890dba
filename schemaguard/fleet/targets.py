"""What is looked at: databases by their aliases, and schemas by their names."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS, connections

from schemaguard.database import many_schemas
from schemaguard.database.connecting import connect
from schemaguard.exceptions import CannotStart
from schemaguard.failures import told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

BATCH = int(os.environ.get("SCHEMAGUARD_BATCH", "40"))
"""The schemas of one database that are read together; the variable is for those who measure."""


@dataclass(frozen=True, slots=True)
class Target:
    """One database, or one schema of it. `error` says why it cannot be looked at, where that is known already."""

    alias: str
    schema: str | None = None
    error: str | None = None

    @property
    def name(self) -> str:
        """As it is called in a report."""
        if self.schema is None:
            return self.alias
        return self.schema if self.alias == DEFAULT_DB_ALIAS else f"{self.alias}/{self.schema}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """What was asked for. Nothing of it: the default database alone."""

    aliases: Sequence[str] = ()
    all_databases: bool = False
    patterns: Sequence[str] = ()
    all_schemas: bool = False

    @property
    def is_of_many(self) -> bool:
        """Whether the report is one about many, however many there are in the end."""
        return self.all_databases or self.all_schemas or bool(self.patterns) or len(self.aliases) > 1

    def targets(self) -> list[Target]:
        """In the order of the settings, and by name. Raises CannotStart where there is none, or no such alias."""
        aliases = list(connections.settings) if self.all_databases else list(self.aliases) or [DEFAULT_DB_ALIAS]
        for alias in aliases:
            if alias not in connections.settings:
                raise CannotStart(
                    f'unknown database "{alias}": settings.DATABASES has {", ".join(connections.settings)}'
                )
        found = [target for alias in aliases for target in self._of(alias)]
        if not found:
            what = f"no schema is called {', '.join(self.patterns)}" if self.patterns else (
                "no schema has a table django_migrations"
            )  # fmt: skip
            raise CannotStart(f"{what} in database {', '.join(map(repr, aliases))}")
        return found

    def _of(self, alias: str) -> Iterator[Target]:
        if not (self.patterns or self.all_schemas):
            yield Target(alias)
            return
        try:
            connection: Any = connect(alias)
            module = many_schemas(connection)
            if module is None:
                if self.all_schemas:  # a database without schemas is one target, as a schema is
                    yield Target(alias)
                return
            schemas = module.schemas(connection)
            tenants = module.tenants(connection)
        except Exception as error:  # noqa: BLE001 (one database that does not answer stops none of the others)
            yield Target(alias, error=told(error, alias))
            return
        for info in schemas:
            if tenants is not None and info.name not in tenants:
                continue
            if (self.all_schemas and info.has_records) or any(fnmatchcase(info.name, each) for each in self.patterns):
                yield Target(alias, info.name, _refused(alias, info))


def _refused(alias: str, info: Any) -> str | None:
    if not info.usable:
        return f'database "{alias}": this role may not use schema {info.name}; a check needs USAGE there'
    if not info.readable:
        return f'database "{alias}": permission denied for table django_migrations in schema {info.name}'
    return None


@dataclass(frozen=True, slots=True)
class Batch:
    """What one worker does at a time: one database, or some schemas of one."""

    alias: str
    schemas: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def as_value(self) -> dict[str, Any]:
        return {"alias": self.alias, "schemas": list(self.schemas), "options": dict(self.options)}

    @classmethod
    def from_value(cls, value: Mapping[str, Any]) -> Batch:
        return cls(value["alias"], tuple(value["schemas"]), value["options"])


def batches(targets: Iterable[Target], options: Mapping[str, Any], size: int = BATCH) -> Iterator[Batch]:
    """Those of the targets that can be looked at."""
    by_alias: dict[str, list[str]] = {}
    for target in targets:
        if target.error is not None:
            continue
        if target.schema is None:
            yield Batch(target.alias, (), options)
        else:
            by_alias.setdefault(target.alias, []).append(target.schema)
    for alias, names in by_alias.items():
        for start in range(0, len(names), size):
            yield Batch(alias, tuple(names[start : start + size]), options)
