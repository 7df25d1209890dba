"""What stands beside the tables and is compared between two databases: how sequences count, and partitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.schema.sequences import Beside

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemaguard.database.rows import Row

WHERE = """n.nspname = coalesce(%(only)s, n.nspname) AND (%(only)s IS NOT NULL OR pg_catalog.pg_table_is_visible(c.oid))
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                    WHERE e.classid = 'pg_catalog.pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')"""

SEQUENCES = f"""
SELECT c.relname::text, t.relname::text, a.attname::text, s.seqincrement, s.seqmin, s.seqmax, s.seqcycle,
       pg_catalog.format_type(s.seqtypid, NULL)
  FROM pg_catalog.pg_sequence s
  JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_depend d
    ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')
   AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjsubid > 0
  LEFT JOIN pg_catalog.pg_class t ON t.oid = d.refobjid
  LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
 WHERE {WHERE}
 ORDER BY 1"""

PARTITIONS = f"""
SELECT c.relname::text, p.relname::text, pg_catalog.pg_get_expr(c.relpartbound, c.oid),
       CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_inherits i ON i.inhrelid = c.oid AND c.relispartition
  LEFT JOIN pg_catalog.pg_class p ON p.oid = i.inhparent
 WHERE (c.relispartition OR c.relkind = 'p') AND c.relkind IN ('r', 'p', 'f') AND {WHERE}
 ORDER BY 1"""

LONGEST = {"smallint": 2**15, "integer": 2**31, "bigint": 2**63}


def beside(sequences: Iterable[Row], partitions: Iterable[Row]) -> Beside:
    steps: dict[str, str] = {}
    alone: dict[str, str] = {}
    for name, table, column, *counting in sequences:
        text = _counting(*counting)
        if table is None:
            alone[name] = text
        elif text:
            steps[f"{table}.{column}"] = text
    return Beside(steps=steps, sequences=alone, partitions=dict(_partition(*row) for row in partitions))


def _counting(step: int, least: int, most: int, cycles: bool, kind: str) -> str:
    """As SQL says it, without what a sequence of its type has where nobody says otherwise."""
    end = LONGEST.get(kind, 2**63)
    usual = (1, end - 1) if step > 0 else (-end, -1)
    parts = {
        f"INCREMENT BY {step}": step != 1,
        f"MINVALUE {least}": least != usual[0],
        f"MAXVALUE {most}": most != usual[1],
        "CYCLE": cycles,
    }
    return " ".join(text for text, told in parts.items() if told)


def _partition(name: str, parent: str | None, bound: str | None, key: str | None) -> tuple[str, str]:
    parts = (f"PARTITION OF {parent} {bound}" if parent is not None else "", f"PARTITION BY {key}" if key else "")
    return name, " ".join(filter(None, parts))
