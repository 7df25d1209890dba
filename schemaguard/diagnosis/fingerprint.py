"""A digest of everything that was read: two databases with one fingerprint are one to us."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from operator import attrgetter

from schemaguard.history.graph import Key
from schemaguard.history.shapes.difference import COLUMN_ATTRIBUTES
from schemaguard.schema.objects import Schema

_COLUMN = attrgetter(*COLUMN_ATTRIBUTES)


def fingerprint(schema: Schema, records: Collection[Key]) -> str:
    """`sha256:` and the digest of everything that was read, comments and owners included, sequences' values not."""
    digest = hashlib.sha256()
    for name in sorted(schema.tables):
        if not name.startswith("schemaguard_"):
            table = schema.tables[name]
            digest.update(repr((name, table.schema, table.comment, table.owner.value)).encode())
            digest.update(repr((table.logged, table.row_security, table.forced, table.policies)).encode())
            digest.update(repr((table.engine, table.collation)).encode())
            digest.update(repr([_COLUMN(table.columns[each]) for each in sorted(table.columns)]).encode())
            digest.update("\n".join(sorted(map(repr, table.constraints))).encode())
    others = sorted((kind.value, name) for kind, name in schema.others if not name.startswith("schemaguard_"))
    digest.update(repr(others).encode())
    digest.update(repr(sorted(records)).encode())
    return f"sha256:{digest.hexdigest()}"
