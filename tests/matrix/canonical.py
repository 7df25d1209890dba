"""What a database holds, as values that compare: names that nobody chose aside, and columns in any order."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import Any

from tests.harness import Database, catalog_dump, contents
from tests.matrix.alterations import MADE_UP

JOURNAL = ("schemaguard_journal", "schemaguard_progress")
NO_ROWS = (*JOURNAL, "django_migrations")
"""Tables whose rows a reconcile writes by itself."""
COLLATE = re.compile(r"COLLATE \"?(\w+)")
CONSTRAINT = re.compile(r"CONSTRAINT \"?(\w+)")
WORD = re.compile(r"[\w.]+")


def schema_dump(database: Database) -> str:
    """An object a line, sorted."""
    if database.vendor == "sqlite":
        return "\n".join(sorted(_sqlite(database)))
    if database.vendor == "mysql":
        return "\n".join(sorted(_mysql(database)))
    lines = catalog_dump(database, without=JOURNAL).splitlines()
    return "\n".join(sorted(WORD.sub(_unless_made_up, line) for line in lines if "schemaguard" not in line))


def _unless_made_up(found: re.Match[str]) -> str:
    return "…" if MADE_UP.search(found[0]) else found[0]


# ---------------------------------------------------------------------------------------------------------- SQLite
def _sqlite(database: Database) -> Iterator[str]:
    """By the pragmas; what these do not tell, by the texts."""
    for kind, name, table, sql in database.execute("SELECT type, name, tbl_name, sql FROM sqlite_master"):
        if table.startswith(("schemaguard", "sqlite_")):
            continue
        if kind == "table":
            yield from (f"{name}: {line}" for line in _table(database, name, sql))
        elif kind != "index":
            yield f"{kind} {name}: {_plain(sql)}"


def _table(database: Database, name: str, sql: str) -> Iterator[str]:
    yield "table" + (" autoincrement" if "AUTOINCREMENT" in sql.upper() else "")
    for _, column, kind, required, default, key, hidden in database.execute(f'PRAGMA table_xinfo("{name}")'):
        # One integer is as long as another here, and Django leaves `integer` where it means `bigint`.
        kind = re.sub("bigint", "integer", kind.lower())
        found = f"column {column} {kind} required={required} default={_plain(default)} key={key} {hidden}"
        yield found
    for row in database.execute(f'PRAGMA foreign_key_list("{name}")'):
        yield f"foreign key {row[3]} to {row[2]}.{row[4]} on update {row[5]} on delete {row[6]}"
    yield f"deferred {sql.upper().count('INITIALLY DEFERRED')}"
    yield f"collated {sorted(COLLATE.findall(sql.upper()))}"
    yield from (f"named {each}" for each in CONSTRAINT.findall(sql) if not MADE_UP.search(each))
    yield from (f"check {each}" for each in _braced(sql, r"\bCHECK\s*\("))
    yield from (f"generated {each}" for each in _braced(sql, r"\bGENERATED\s+ALWAYS\s+AS\s*\("))
    for _, index, unique, origin, partial in database.execute(f'PRAGMA index_list("{name}")'):
        parts = [row[2:5] for row in database.execute(f'PRAGMA index_xinfo("{index}")') if row[5]]
        ((text,),) = database.execute("SELECT sql FROM sqlite_master WHERE name = ?", [index])
        told = _plain(text).split(" ON ", 1)[-1] if partial or any(part[0] is None for part in parts) else ""
        called = "…" if MADE_UP.search(index) or origin != "c" else index
        yield f"index {called} unique={unique} origin={origin} {parts} {told}"


def _plain(text: str | None) -> str:
    return re.sub(r"\s+", " ", re.sub(r"[\"`]", "", text or "")).strip()


def _braced(text: str, opening: str) -> Iterator[str]:
    """What stands in the parentheses after each `opening`, a pattern that ends in one."""
    for hit in re.finditer(opening, text, re.IGNORECASE):
        depth, at = 1, hit.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(text[at], 0)
            at += 1
        yield _plain(text[hit.end() : at - 1])


# ----------------------------------------------------------------------------------------------------------- MySQL
def _mysql(database: Database) -> Iterator[str]:
    """As it says itself, without numbers that were given, and without names that nobody chose."""
    for name, kind in database.execute(MYSQL_RELATIONS):
        if name.startswith("schemaguard"):
            continue
        text = str(database.execute(f"SHOW CREATE {'VIEW' if kind == 'VIEW' else 'TABLE'} `{name}`")[0][1])
        for line in text.splitlines()[1:]:
            line = re.sub(r" AUTO_INCREMENT=\d+", "", line).strip().rstrip(",")
            line = re.sub(r"^(UNIQUE KEY|KEY) `(\w+)` \(`(\w+)`", _key, line)
            own = re.fullmatch(r"(`.*?) CHECK (\(.*\))", line)
            if own is not None and "json_valid" not in line:  # a check of the column is one of the table
                line = own[1]
                yield f"{name}: CONSTRAINT `…` CHECK {own[2]}"
            line = re.sub(rf"`{name}_chk_\d+`", "`…`", line)
            yield f"{name}: {WORD.sub(_unless_made_up, line)}"
    for name, *_ in database.execute("SHOW TRIGGERS"):
        yield f"trigger {name}"


def _key(found: re.Match[str]) -> str:
    """A unique key without a name has that of its first column."""
    name = "…" if re.fullmatch(rf"{re.escape(found[3])}(_\d+)?", found[2]) else found[2]
    return f"{found[1]} `{name}` (`{found[3]}`"


MYSQL_RELATIONS = "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = database()"


# ------------------------------------------------------------------------------------------------------------ rows
Rows = Mapping[str, list[dict[str, Any]]]


def row_values(database: Database) -> Rows:
    found = contents(database, without=NO_ROWS)
    return {
        table: [{name: _value(value) for name, value in row.items()} for row in rows] for table, rows in found.items()
    }


def _value(value: Any) -> Any:
    """As a text that outlives another type of its column."""
    if value is None:
        return None
    if isinstance(value, bool | int | float | Decimal):
        return repr(float(value))
    if isinstance(value, dict | list):
        return json.dumps(value, sort_keys=True, default=str)
    text = str(value).strip()
    if re.fullmatch(r"-?\d{1,15}(\.\d+)?", text):
        return repr(float(text))
    text = {"true": "1.0", "false": "0.0"}.get(text, text)
    return re.sub(r"^(\d{4}-\d\d-\d\d).*", r"\1", text)


def lost_rows(before: Rows, after: Rows, without: Collection[tuple[str, str]] = ()) -> list[str]:
    """What was there before and is not now, a line each; a NULL may have got a value.

    `without`: (table, column) that do not count.
    """
    found = []
    gone = [table for table in before if table not in after]
    new = [table for table in after if table not in before]
    for table, rows in before.items():
        there = after.get(table)
        if there is None and rows:
            same = [each for each in new if len(after[each]) >= len(rows)]
            if len(gone) != 1 or len(same) != 1:
                found.append(f"table {table} is gone with its {len(rows)} rows")
                continue
            there = after[same[0]]
        if not rows or there is None:
            continue
        if not there:
            found.append(f"the {len(rows)} rows of {table} are gone")
            continue
        names = {name: name for name in rows[0] if name in there[0]}
        others = [name for name in rows[0] if name not in there[0]]
        fresh = [name for name in there[0] if name not in rows[0]]
        if len(others) == 1 and len(fresh) == 1:
            names[others[0]] = fresh[0]
        else:
            found += [f"column {table}.{each} is gone" for each in others if any(row[each] is not None for row in rows)]
        kept = {
            old: new
            for old, new in names.items()
            if all(row[old] is not None for row in rows) and (table, old) not in without
        }
        was = Counter(tuple(row[old] for old in kept) for row in rows)
        now = Counter(tuple(row[name] for name in kept.values()) for row in there)
        if was - now:
            found.append(f"{sum((was - now).values())} of {len(rows)} rows of {table} are not what they were")
    return found
