"""Throw-away Django projects: a case writes the history it needs, and runs real `manage.py` commands on it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from textwrap import dedent, indent
from typing import TYPE_CHECKING, Any, TypedDict, cast

import django

from tests.harness.commands import Result, run_manage, start_manage
from tests.harness.databases import MYSQL_DRIVER, Database

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping, Sequence
    from pathlib import Path


class AppSource(TypedDict, total=False):
    """The files of an app as source text; indentation that all lines share is taken off."""

    models: str
    migrations: Mapping[str, str]
    files: Mapping[str, str]


CONDITION = "condition" if django.VERSION >= (5, 1) else "check"
"""The keyword of a CheckConstraint."""
SETTINGS_MODULE = "project_settings"

MANAGE = """\
import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project_settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
"""

# DATABASES is read from the environment, so that one project can be held against any database.
SETTINGS = """\
import os

SECRET_KEY = "only for tests"
DEBUG = True
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {{
    "default": {{
        "ENGINE": {engine!r},
        **{{key: os.environ["SCHEMAGUARD_DB_" + key] for key in ("NAME", "HOST", "PORT", "USER", "PASSWORD")}},
    }}
}}
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Project:
    """A project on disk, and the database that its commands work on."""

    path: Path
    database: Database

    def manage(self, *argv: str, env: Mapping[str, str] | None = None, stdin: str = "", fork: bool = True) -> Result:
        """Runs `manage.py ARGV` in another process, forked from one that has imported Django and schemaguard already.

        Without `fork` that process has imported nothing: for tests of what a command imports.
        """
        manage = self.path / "manage.py"
        return run_manage(
            self.database, *argv, settings=SETTINGS_MODULE, env=env, stdin=stdin, manage=manage, fork=fork
        )

    def start(self, *argv: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """Starts `manage.py ARGV` and does not wait: to kill it, or to run two at once. The caller waits for it."""
        manage = self.path / "manage.py"
        return start_manage(self.database, *argv, settings=SETTINGS_MODULE, env=env, manage=manage)

    def on(self, database: Database) -> Project:
        """The same files on another database of the same vendor."""
        return replace(self, database=database)

    def write_app(self, label: str, source: AppSource) -> None:
        """Writes the app's files, over those that are there; what `source` does not name stays as it is."""
        self.write(f"{label}/__init__.py", "")
        if "models" in source:
            self.write(f"{label}/models.py", source["models"])
        if "migrations" in source:
            self.write(f"{label}/migrations/__init__.py", "")
        for name, text in source.get("migrations", {}).items():
            self.write(f"{label}/migrations/{name}.py", text)
        for name, text in source.get("files", {}).items():
            self.write(f"{label}/{name}", text)

    def write(self, name: str, text: str) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
        return path

    def remove_migration(self, label: str, name: str) -> None:
        (self.path / label / "migrations" / f"{name}.py").unlink()


def make_project(
    path: Path,
    *,
    apps: Mapping[str, Mapping[str, object]],
    settings: Mapping[str, Any] | None = None,
    database: Database | None = None,
    engine: str | None = None,
) -> Project:
    """Writes a project into the folder `path`, on `database` (by default an SQLite file beside it).

    INSTALLED_APPS is schemaguard and `apps`, each an AppSource; `settings` adds or replaces settings, whose values
    must be literals (anything with a faithful repr); `engine` takes the place of Django's own for that vendor.
    Returns the project; nothing has run yet.
    """
    path.mkdir(parents=True, exist_ok=True)
    database = database or Database(vendor="sqlite", name=str(path / "db.sqlite3"))
    project = Project(path=path, database=database)
    project.write("manage.py", MANAGE)
    every_setting = {"INSTALLED_APPS": ["schemaguard", *apps], **(settings or {})}
    lines = "".join(f"{name} = {value!r}\n" for name, value in every_setting.items())
    driver = MYSQL_DRIVER if database.vendor == "mysql" else ""
    project.write(
        f"{SETTINGS_MODULE}.py", driver + SETTINGS.format(engine=engine or database.settings["ENGINE"]) + lines
    )
    for label, source in apps.items():
        assert source.keys() <= AppSource.__annotations__.keys(), f"{label}: not the files of an app"
        project.write_app(label, cast("AppSource", source))
    return project


def migration(
    operations: str,
    *,
    after: Sequence[tuple[str, str]] = (),
    replaces: Sequence[tuple[str, str]] = (),
    atomic: bool = True,
    imports: str = "",
) -> str:
    """The source of a migration file: `operations` are the lines within the list, `after` its dependencies.

    >>> migration('migrations.RunSQL("SELECT 1"),', after=[("shop", "0001_initial")])
    """
    return (
        "from django.db import migrations, models\n"
        f"{dedent(imports)}\n\n"
        "class Migration(migrations.Migration):\n"
        f"    dependencies = {list(after)!r}\n"
        + (f"    replaces = {list(replaces)!r}\n" if replaces else "")
        + ("" if atomic else "    atomic = False\n")
        + f"    operations = [\n{indent(dedent(operations).strip(), ' ' * 8)}\n    ]\n"
    )
