"""A digest of everything that was read: two databases with one fingerprint are one to us."""

from __future__ import annotations

import hashlib
from operator import attrgetter
from typing import TYPE_CHECKING

from schemaguard.history.shapes.difference import COLUMN_ATTRIBUTES

if TYPE_CHECKING:
    from collections.abc import Collection

    from schemaguard.history.graph import Key
    from schemaguard.schema.objects import Schema, Table

USUAL_HOME = "public"
_COLUMN = attrgetter(*COLUMN_ATTRIBUTES)


def fingerprint(schema: Schema, records: Collection[Key]) -> str:
    """`sha256:` and the digest of everything that was read, comments and owners included, sequences' values not."""
    digest = hashlib.sha256()
    home = schema.home("")
    for name in sorted(schema.tables):
        if not name.startswith("schemaguard_"):
            table = schema.tables[name]
            digest.update(repr((name, _place(table, home), table.comment, table.owner.value)).encode())
            digest.update(repr((table.logged, table.row_security, table.forced, table.policies)).encode())
            digest.update(repr((table.engine, table.collation)).encode())
            digest.update(repr([_COLUMN(table.columns[each]) for each in sorted(table.columns)]).encode())
            digest.update("\n".join(sorted(map(repr, table.constraints))).encode())
    others = sorted((kind.value, name) for kind, name in schema.others if not name.startswith("schemaguard_"))
    digest.update(repr(others).encode())
    digest.update(repr(sorted(records)).encode())
    return f"sha256:{digest.hexdigest()}"


def _place(table: Table, home: str) -> str | None:
    """The schema of a table: the same word for the home of all tables, so that two tenants that are alike are one."""
    if table.schema == home:
        return USUAL_HOME
    return f"not at home, in {table.schema}" if table.schema == USUAL_HOME else table.schema
