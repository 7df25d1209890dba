"""Two databases of MySQL or MariaDB, which the server calls by their names in what it prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from schemaguard.diff.comparison import compared
from schemaguard.diff.sides import live_side, side
from schemaguard.diff.snapshots import text_of
from tests.diff.conftest import both, messages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django.plugin import DjangoDbBlocker

    from tests.harness import Database, Mysql

SQL = """
CREATE TABLE team (id integer AUTO_INCREMENT PRIMARY KEY, name varchar(9) NOT NULL UNIQUE, data json,
                   size integer DEFAULT 7 CHECK (size >= 0)) COMMENT 'a team';
CREATE TABLE member (id bigint AUTO_INCREMENT PRIMARY KEY, team_id integer, FOREIGN KEY (team_id) REFERENCES team (id));
CREATE VIEW big AS SELECT id FROM team WHERE size > 10;
CREATE TRIGGER stamp BEFORE INSERT ON team FOR EACH ROW SET NEW.size = 3;
"""


@pytest.fixture
def pair(mysql: Mysql, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[Database, Database]]:
    with mysql.fresh() as database, mysql.fresh() as other, both(django_db_blocker, database, other):
        yield database, other


def run(database: Database, sql: str) -> None:
    for statement in filter(str.strip, sql.split(";\n")):
        database.execute(statement)


def test_two_databases_made_alike(pair: tuple[Database, Database]) -> None:
    for each in pair:
        run(each, SQL)
    assert messages(compared(side("default"), side("other"))) == []
    assert text_of(live_side("default").snapshot) == text_of(live_side("other").snapshot)


def test_names_that_nobody_chose(pair: tuple[Database, Database]) -> None:
    run(pair[0], SQL)
    run(pair[1], SQL)
    run(
        pair[1],
        """
        ALTER TABLE team RENAME INDEX name TO team_name_1a2b3c4d_uniq;
        ALTER TABLE member DROP FOREIGN KEY member_ibfk_1;
        ALTER TABLE member ADD CONSTRAINT member_team_id_1a2b3c4d_fk_team_id FOREIGN KEY (team_id) REFERENCES team (id);
        """,
    )
    assert messages(compared(side("default"), side("other"))) == []


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("ALTER TABLE team MODIFY name varchar(10) NOT NULL", [("column", "different")]),
        ("ALTER TABLE team ALTER COLUMN size SET DEFAULT 8", [("column", "different")]),
        ("ALTER TABLE team COMMENT = 'another'", [("comment", "different")]),
        ("CREATE INDEX more ON team (size)", [("index", "extra")]),
        ("CREATE OR REPLACE VIEW big AS SELECT id FROM team WHERE size > 11", [("view", "different")]),
        ("DROP TRIGGER stamp", [("trigger", "missing")]),
        ("ALTER TABLE member DROP FOREIGN KEY member_ibfk_1", [("foreign_key", "missing"), ("index", "extra")]),
    ],
)
def test_what_differs(pair: tuple[Database, Database], sql: str, expected: list[tuple[str, str]]) -> None:
    for each in pair:
        run(each, SQL)
    run(pair[1], sql)
    found = compared(side("default"), side("other")).differences
    assert [(each.kind.value, each.problem.value) for each in found] == expected
