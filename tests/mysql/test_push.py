"""Push on MySQL and MariaDB: statement by statement, each in the journal before it begins."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import CONDITION, make_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.harness import Database, Project

FIRST = """
from django.db import models

class Shelf(models.Model):
    pass

class Book(models.Model):
    shelf = models.ForeignKey(Shelf, models.CASCADE)
    title = models.CharField(max_length=50, db_comment="on the cover")
    code = models.CharField(max_length=9, null=True)
    size = models.PositiveIntegerField(default=0)
    gone = models.IntegerField(null=True)

    class Meta:
        unique_together = [("code", "gone")]
        indexes = [models.Index(fields=["size", "gone"], name="by_size")]
        constraints = [models.CheckConstraint(CONDITION=models.Q(size__lt=99), name="small")]
""".replace("CONDITION", CONDITION)
SECOND = """
from django.db import models

class Rack(models.Model):
    pass

class Book(models.Model):
    shelf = models.ForeignKey(Rack, models.CASCADE, null=True)
    name = models.CharField(max_length=80)
    code = models.CharField(max_length=9, default="none")
    size = models.BigIntegerField(default=0)
    racks = models.ManyToManyField(Rack, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["size", "code"], name="by_size")]
"""
RENAMES = ("--rename", "shop.Shelf:Rack", "--rename", "shop.book.title:name")
ROWS = (
    "INSERT INTO shop_shelf VALUES (1)",
    "INSERT INTO shop_book (shelf_id, title, size, gone) VALUES (1, 'a', 3, 7), (1, 'b', 4, NULL)",
)


@pytest.fixture
def shop(tmp_path: Path, mysql: Any) -> Iterator[tuple[Project, Database]]:
    """A project whose models were pushed, with rows; then its models change."""
    with mysql.fresh() as database:
        project = make_project(tmp_path, apps={"shop": {"models": FIRST}}, database=database)
        project.manage("schemaguard", "push", "--noinput").expect(0)
        for statement in ROWS:
            database.execute(statement)
        project.write("shop/models.py", SECOND)
        yield project, database


def nothing_to_do(project: Project) -> None:
    assert project.manage("schemaguard", "push", "--noinput", "--dry-run").expect(0).out.strip() == "-- nothing to do"


def test_a_second_push_has_nothing_to_do(tmp_path: Path, mysql: Any) -> None:
    with mysql.fresh() as database:
        project = make_project(tmp_path, apps={"shop": {"models": FIRST}}, database=database)
        project.manage("schemaguard", "push", "--noinput").expect(0)
        nothing_to_do(project)
        ((status, steps, inverse),) = database.execute("SELECT status, steps, inverse FROM schemaguard_journal")
        assert (status, inverse) == ("done", "{}")
        statements = json.loads(steps)[0]["statements"]
        assert any(each.startswith("CREATE TABLE `shop_shelf`") for each in statements)


def test_what_would_cost_rows_is_refused_and_then_done(shop: tuple[Project, Database]) -> None:
    project, database = shop
    refused = project.manage("schemaguard", "push", "--noinput", *RENAMES).expect(1)
    assert "1 row of shop_book (gone) holds a value in a column that is dropped" in refused.err
    assert "nothing was changed" in refused.err
    assert database.execute("SELECT count(*) FROM schemaguard_journal") == [(1,)]

    project.manage("schemaguard", "push", "--noinput", "--accept-data-loss", *RENAMES).expect(0)

    nothing_to_do(project)
    rows = database.execute("SELECT shelf_id, name, code, size FROM shop_book ORDER BY name")
    assert rows == [(1, "a", "none", 3), (1, "b", "none", 4)]
    assert database.execute("SELECT count(*) FROM shop_rack") == [(1,)]
    assert database.execute("SELECT status FROM schemaguard_journal") == [("done",), ("done",)]


def test_the_dry_run_changes_nothing(shop: tuple[Project, Database]) -> None:
    project, database = shop
    shown = project.manage("schemaguard", "push", "--noinput", "--dry-run", *RENAMES).expect(0).out
    assert "RENAME TABLE `shop_shelf` TO `shop_rack`" in shown or "ALTER TABLE `shop_shelf` RENAME" in shown
    assert "ALTER TABLE `shop_book` DROP COLUMN `gone`" in shown
    assert database.execute("SHOW TABLES LIKE 'shop_rack'") == []


def test_a_statement_that_fails_ends_it_and_the_next_push_goes_on(shop: tuple[Project, Database]) -> None:
    project, database = shop
    database.execute("CREATE TRIGGER stops BEFORE UPDATE ON shop_book FOR EACH ROW SIGNAL SQLSTATE '45000'")
    failed = project.manage("schemaguard", "push", "--noinput", "--accept-data-loss", *RENAMES).expect(1)
    assert "alter column shop_book.code" in failed.err
    assert "statements done, the next is" in failed.err
    assert database.execute("SELECT status FROM schemaguard_journal ORDER BY id") == [("done",), ("failed",)]
    database.execute("DROP TRIGGER stops")

    project.manage("schemaguard", "push", "--noinput", "--accept-data-loss", *RENAMES).expect(0)

    nothing_to_do(project)
    assert database.execute("SELECT name FROM shop_book ORDER BY name") == [("a",), ("b",)]
