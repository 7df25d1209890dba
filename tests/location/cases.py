"""A case is a history, a trouble and an expected end: `case(history, trouble)`, in this process.

The fixture `case` is in `conftest.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.harness import Database, Result, catalog_dump, migration

if TYPE_CHECKING:
    from tests.harness.installed import Installed

ID = '("id", models.BigAutoField(primary_key=True))'
OWNER = f'migrations.CreateModel("Owner", [{ID}, ("name", models.CharField(max_length=9))]),'
LOST_RECORDS = "DELETE FROM django_migrations WHERE app = 'shop';"
CHECK = """
def check(condition, name):
    import django
    keyword = "check" if django.VERSION < (5, 1) else "condition"
    return models.CheckConstraint(**{keyword: condition}, name=name)
"""
"""For `imports`: a CheckConstraint in every Django."""

History = Mapping[str, str]
"""The migrations of the app `shop`: source by name."""


def history(*operations: str, imports: str = "") -> History:
    """`0001_step`, `0002_step` and so on, each after the one before, with these operations."""
    return {
        f"{number:04}_step": migration(
            each, after=[("shop", f"{number - 1:04}_step")] if number > 1 else [], imports=imports
        )
        for number, each in enumerate(operations, 1)
    }


@dataclass(frozen=True, slots=True)
class Case:
    """A database that a history has made, and that a trouble has befallen."""

    installed: Installed

    @property
    def database(self) -> Database:
        return self.installed.project.database

    def manage(self, *argv: str, stdin: str = "") -> Result:
        return self.installed.manage(*argv, stdin=stdin)

    def migrate(self, last: int | None = None) -> None:
        """To the migration of that number; all of them without one."""
        self.manage("migrate", *(["shop", f"{last:04}"] if last else []), "--verbosity", "0").expect(0)

    def run(self, *scripts: str) -> None:
        """SQL by hand."""
        for script in scripts:
            self.database.script(script)

    def report(self) -> dict[str, Any]:
        """What a check says."""
        result = self.manage("schemaguard", "check", "--format", "json")
        assert result.code in (0, 1), str(result)
        report: dict[str, Any] = result.json
        return report

    def write(self, migrations: History) -> None:
        """More migrations, or others of the same names."""
        self.installed.project.write_app("shop", {"migrations": migrations})

    def verdict(self) -> str:
        return str(self.report()["verdict"])

    def migrations(self) -> list[dict[str, Any]]:
        """Those of the app, as a check tells them."""
        return [each for each in self.report()["migrations"] if each["app"] == "shop"]

    def states(self) -> dict[str, str]:
        """By the number of the migration."""
        return {each["name"][:4]: each["state"] for each in self.migrations()}

    def loud(self) -> list[dict[str, Any]]:
        """The findings of a check that are loud."""
        return loud_of(self.report())

    def reconcile(self, *options: str) -> None:
        self.manage("schemaguard", "reconcile", "--noinput", *options).expect(0)

    def dump(self) -> str:
        """The schema, but for the journal."""
        return catalog_dump(self.database, without={"schemaguard_journal", "schemaguard_progress", "sqlite_sequence"})


def loud_of(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The findings but for notes, and but for the one that the app has no models."""
    return [
        each for each in report["findings"] if each["level"] in ("warning", "error") and each["problem"] != "unmigrated"
    ]


MakeCase = Callable[..., Case]
"""case(history, *troubles): migrates, then runs the SQL of the troubles.

`last` is the number of the migration where it stops (0: none has run), `files` are more files of the app, and `others`
more apps.
"""
