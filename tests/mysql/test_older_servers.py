"""What older servers do not say is worked out, and comes to what newer ones say."""

from __future__ import annotations

from typing import Any

from schemaguard.database.mysql import catalog

CHECKED = """
CREATE TABLE checked (
    pages int CHECK (pages >= 0), words json, title varchar(20),
    CONSTRAINT short CHECK (char_length(title) < 9), CHECK (pages < 900)
)"""
BEFORE, AFTER = (10, 5, 9), (10, 5, 10)


def test_which_checks_are_part_of_a_column(mysql: Any, mariadb: None) -> None:
    with mysql.fresh() as database:
        database.execute(CHECKED)
        before, after = (sorted(database.execute(str(catalog.mariadb_checks(each)))) for each in (BEFORE, AFTER))
        assert before == after
        assert [row[3] for row in after] == ["Table", "Column", "Table", "Column"]


def test_the_check_of_a_column(mysql: Any, mariadb: None) -> None:
    with mysql.fresh() as database:
        database.execute(CHECKED)
        before, after = (
            [database.execute(catalog.mariadb_column_check(each), ["checked", name]) for name in ("pages", "short")]
            for each in (BEFORE, AFTER)
        )
        assert before == after == [[("`pages` >= 0",)], []]
