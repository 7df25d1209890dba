"""Two to four troubles at once: a history left anywhere, records lost, and a hand that altered what it came upon.

Nobody can promise that such a database is mended without a question. What is promised: no traceback, a true verdict, no
row lost, nothing half done, and what is mended is as a clean migrate makes it.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import strategies as st

from tests.hand_alterations import STRAY, alterations
from tests.harness import Database, Project, Server, catalog_dump, rows
from tests.harness.dumps import records
from tests.harness.forkserver import AVAILABLE
from tests.left_databases import in_sync, leave, lose_records, tried
from tests.random_histories import Left, places
from tests.reconcile.test_random_histories import JOURNAL, nameless

if TYPE_CHECKING:
    from pathlib import Path


def number_of_rows(database: Database) -> int:
    return sum(int(text.split()[0]) for table, text in rows(database).items() if table.startswith("shop"))


def standing(database: Database) -> list[str]:
    """The schema without what was added by hand; columns in no order."""
    lines = [line for line in nameless(database) if STRAY not in line]
    return sorted("".join(sorted(line)) for line in lines)


def tell(project: Project, *argv: str, before: str = "") -> Any:
    """What a command says, and what was told `before`, where it ends as none should."""
    result = project.manage(*argv)
    assert result.code in (0, 1), f"{result}\n{before}"
    assert "Traceback" not in f"{result}", f"{result}\n{before}"
    return result


@pytest.mark.long
@pytest.mark.skipif(not AVAILABLE, reason="needs fork")
@pytest.mark.parametrize("vendor", ["sqlite", "postgresql"], indirect=True)
def test_whatever_happened_at_once(server: Server, tmp_path: Path) -> None:
    number = count()

    @tried(12, places(), st.lists(st.integers(0, 999), min_size=1, max_size=3))
    def way(left: Left, choices: list[int]) -> None:
        with server.fresh() as clean, server.fresh() as database:
            project = leave(tmp_path / f"p{next(number)}", left, clean, database)
            told, extra = befall(project, left, database, choices)
            ends_well(project, database, clean, told, extra=extra)

    way()


def ends_well(project: Project, database: Database, clean: Database, told: str, *, extra: bool) -> None:
    before, recorded, filled = catalog_dump(database, without=JOURNAL), records(database), number_of_rows(database)
    result = tell(project, "schemaguard", "reconcile", "--noinput", "--on-conflict", "alter", before=told)
    told = f"{told}\n{result}"
    assert number_of_rows(database) >= filled, told
    if result.code and "journal entry" in f"{result}":  # a conflict was left, and what it does not touch is mended
        return
    if result.code:
        assert catalog_dump(database, without=JOURNAL) == before, told
        assert records(database) == recorded, told
        return
    told = settle(project, told)
    if not extra:
        assert standing(database) == standing(clean), told


def befall(project: Project, left: Left, database: Database, choices: list[int]) -> tuple[str, bool]:
    """Rows, lost records, and a hand. What came of it and what a check says, and whether anything was added."""
    fill(database)
    lose_records(left, database)
    by_hand = [each for choice in choices if (each := alter(database, choice)) is not None]
    told = f"{left}\n{by_hand}\n{tell(project, 'schemaguard', 'check')}"
    return told, any(STRAY in each for each in by_hand)


def settle(project: Project, told: str) -> str:
    """Migrates, which is to go through and leave nothing to do; what was told by then."""
    migrated = tell(project, "migrate", before=told)
    told = f"{told}\n{migrated}"
    assert migrated.code == 0, told
    in_sync(project, told)
    return told


def fill(database: Database) -> None:
    """A row for each table that takes one without any value."""
    for table in [table for table in rows(database) if table.startswith("shop")]:
        is_mysql = database.vendor == "mysql"
        attempt(database, f"INSERT INTO {table} () VALUES ()" if is_mysql else f'INSERT INTO "{table}" DEFAULT VALUES')


def alter(database: Database, choice: int) -> str | None:
    """The statement that was carried out; None where the server refused it."""
    possible = alterations(database)
    statement = possible[choice % len(possible)]
    return statement if attempt(database, statement) else None


def attempt(database: Database, statement: str) -> bool:
    try:
        database.execute(statement)
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in ("psycopg", "sqlite3", "MySQLdb", "pymysql"):
            raise
        return False
    return True
