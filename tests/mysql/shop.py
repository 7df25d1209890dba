"""A shop of two apps on MySQL or MariaDB: keys of numbers, texts and UUIDs, foreign keys from one app to the other."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.harness import CONDITION, Database, Project, make_project, migration

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

PLACE = migration(
    """
    migrations.CreateModel("Shelf", [
        ("id", models.AutoField(primary_key=True)),
        ("code", models.CharField(max_length=20, unique=True)),
    ]),
    migrations.CreateModel("Author", [
        ("id", models.UUIDField(primary_key=True, default=uuid.uuid4)),
        ("name", models.CharField(max_length=50)),
    ]),
    """,
    imports="import uuid",
)
SHOP = migration(
    """
    migrations.CreateModel("Book", [
        ("id", models.BigAutoField(primary_key=True)),
        ("title", models.CharField(max_length=100)),
        ("isbn", models.CharField(max_length=20, unique=True)),
        ("author", models.ForeignKey("place.Author", models.CASCADE)),
        ("shelf", models.ForeignKey("place.Shelf", models.CASCADE)),
        ("place", models.ForeignKey("place.Shelf", models.CASCADE, to_field="code", related_name="+")),
        ("data", models.JSONField(default=dict)),
        ("pages", models.PositiveIntegerField(default=0)),
        ("born", models.DateTimeField(null=True)),
        ("token", models.UUIDField(null=True)),
        ("text", models.TextField(null=True)),
    ]),
    migrations.AddIndex("book", models.Index(fields=["title"], name="by_title")),
    migrations.AddIndex("book", models.Index(fields=["pages", "-born"], name="by_pages")),
    migrations.AddConstraint("book", models.CheckConstraint(CONDITION=models.Q(pages__lt=9000), name="few")),
    """.replace("CONDITION", CONDITION),
    after=[("place", "0001_initial")],
)
ONE, TWO = "0123456789ab4def8123456789abcdef", "1123456789ab4def8123456789abcdef"
ROWS = (
    "INSERT INTO place_shelf VALUES (1, 'a'), (2, 'b')",
    f"INSERT INTO place_author VALUES ('{ONE}', 'x'), ('{TWO}', 'y')",
    "INSERT INTO shop_book (title, isbn, author_id, shelf_id, place_id, data, pages, born, token) VALUES"
    f" ('t', '1', '{ONE}', 1, 'a', '{{}}', 3, '2020-01-01 10:00:00.123456', NULL),"
    f" ('u', '2', '{TWO}', 2, 'b', '[1]', 4, NULL, '{ONE}')",
)
KEYS = """
SELECT table_name, column_name, constraint_name FROM information_schema.key_column_usage
 WHERE table_schema = DATABASE() AND referenced_table_name IS NOT NULL"""
TABLES = """
SELECT table_name FROM information_schema.tables
 WHERE table_schema = DATABASE() AND table_name NOT LIKE 'schemaguard%' ORDER BY table_name"""


@dataclass(frozen=True, slots=True)
class Shop:
    """The project, migrated and filled, and its database."""

    project: Project
    database: Database

    def sql(self, *statements: str) -> None:
        """Runs statements one after the other, in one session that checks no foreign keys.

        `{shop_book_author_id}` stands for the name of the foreign key of that column.
        """
        keys = {f"{table}_{column}": name for table, column, name in self.database.execute(KEYS)}
        connection = self.database.connect()
        with connection.cursor() as cursor:
            cursor.execute("SET foreign_key_checks = 0")
            for statement in statements:
                cursor.execute(re.sub(r"\{(\w+)\}", lambda match: keys[match[1]], statement))
        connection.close()

    def dump(self) -> dict[str, list[str]]:
        """By table, the lines of SHOW CREATE TABLE, in no order and without the next number."""
        return {
            name: sorted(re.sub(r" AUTO_INCREMENT=\d+", "", line).strip(" ,") for line in self._definition(name))
            for (name,) in self.database.execute(TABLES)
        }

    def _definition(self, name: str) -> Iterator[str]:
        yield from self.database.execute(f"SHOW CREATE TABLE `{name}`")[0][1].split("\n")

    @property
    def version(self) -> str:
        return str(self.database.execute("SELECT version()")[0][0])

    @property
    def collation(self) -> str:
        """That of a new table."""
        return str(self.database.execute("SELECT @@collation_database")[0][0])

    def findings(self) -> list[dict[str, Any]]:
        """Those of a check; without what says that there is no models.py."""
        report = self.project.manage("schemaguard", "check", "--format", "json").json
        return [each for each in report["findings"] if each["problem"] != "unmigrated"]

    def messages(self) -> list[str]:
        return [f"{each['level']}: {each['message']}" for each in self.findings()]

    def refuses(self, *options: str) -> str:
        """What `reconcile` says that refuses and changes nothing."""
        before = self.dump()
        said = self.project.manage("schemaguard", "reconcile", "--noinput", *options).expect(1).err
        assert self.dump() == before
        return said

    def mends(self, *options: str) -> None:
        """`reconcile` goes through, and nothing is left to be said or done."""
        self.project.manage("schemaguard", "reconcile", "--noinput", *options).expect(0)
        assert self.findings() == []
        self.project.manage("schemaguard", "reconcile", "--noinput", "--dry-run").expect(0)


def verdict(project: Project) -> tuple[str, list[str]]:
    """That of a check, and its messages; without what says that there is no models.py."""
    report = project.manage("schemaguard", "check", "--format", "json").json
    return report["verdict"], [each["message"] for each in report["findings"] if each["problem"] != "unmigrated"]


def make_shop(path: Path, database: Database, *, rows: Sequence[str] = ROWS, **later: str) -> Shop:
    """`later` are migrations of the app `shop` that have not run: name=source."""
    apps = {"place": {"migrations": {"0001_initial": PLACE}}, "shop": {"migrations": {"0001_initial": SHOP, **later}}}
    project = make_project(path, apps=apps, database=database)
    project.manage("migrate", "shop", "0001").expect(0)
    for statement in rows:
        database.execute(statement)
    return Shop(project, database)
