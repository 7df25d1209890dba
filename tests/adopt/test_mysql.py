"""A table made by hand becomes a model on MySQL and MariaDB, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.harness import make_project, records

if TYPE_CHECKING:
    from pathlib import Path

    from tests.harness.servers import Mysql


def test_a_table_is_adopted_before_there_is_a_journal(tmp_path: Path, mysql: Mysql) -> None:
    """DDL commits there: the journal's table cannot be made inside of the transaction that records the migration."""
    with mysql.fresh() as database:
        project = make_project(tmp_path, apps={"shop": {"models": "", "migrations": {}}}, database=database)
        project.manage("migrate").expect(0)
        database.script(
            "CREATE TABLE authors (id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, name varchar(80) NOT NULL);"
            "INSERT INTO authors (name) VALUES ('Ada');"
        )

        project.manage("schemaguard", "adopt", "authors", "--app", "shop", "--noinput").expect(0)

        assert [app for app, _ in records(database)][-1] == "shop"
        assert database.execute("SELECT name FROM authors") == [("Ada",)]
        assert project.manage("schemaguard", "check", "--format", "json").expect(0).json["verdict"] == "in_sync"
