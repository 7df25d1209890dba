"""Tells whole stories of a push in one process, some hundred of them in a minute. Run as a script by `Prototype`.

Django is set up once, on a project of one app, `shop`. For each story the process forks, and the fork swaps the app's
models as a developer would by editing the file, and calls the commands one after the other. In it stands no assertion
that needs another process: `test_round_trip.py` runs the same stories as real `manage.py` commands.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import traceback
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from tests.harness.databases import Database
from tests.harness.dumps import catalog_dump, rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BOOKKEEPING = ("django_migrations", "schemaguard_journal")
HEAD = "from decimal import Decimal\nimport uuid\nfrom django.db import models\n\n"
EMPTY = {
    "postgresql": "DROP SCHEMA public CASCADE; CREATE SCHEMA public",
    "sqlite": "PRAGMA writable_schema = 1; DELETE FROM sqlite_master; PRAGMA writable_schema = 0; VACUUM",
}


class Prototype:
    """The side of the tests: a process for one project and one database. The caller closes it."""

    def __init__(self, project: Path, database: Database, env: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, json.dumps({key: getattr(database, key) for key in database.__slots__})],
            cwd=project,
            env={**os.environ, **database.environment, **env, "DJANGO_SETTINGS_MODULE": "project_settings"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    def tell(self, story: Mapping[str, Any]) -> dict[str, str]:
        """{"end": "in sync" | "refused" | "no history" | "failed", "told": the commands and what they said}."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps(story) + "\n")
        stdin.flush()
        answer = stdout.readline()
        assert answer, "the process ended"
        found: dict[str, str] = json.loads(answer)
        return found

    def close(self) -> None:
        self._process.communicate()


class Failed(Exception):
    """Something did not come out as it must."""


class Story:
    """One story, in a fork. `request` has before, after, migrated, rows, renames, models, fields, kept."""

    def __init__(self, database: Database, request: Mapping[str, Any]) -> None:
        self.database = database
        self.request = request
        self.said: list[str] = []

    def tell(self) -> str:
        """How it ended; raises Failed, or whatever a command raised."""
        request = self.request
        self.database.script(EMPTY[self.database.vendor])
        self.edit(request["before"])
        if request["migrated"]:
            self.manage("makemigrations", "--noinput")
            self.manage("migrate", "--noinput")
        else:
            self.push()
            self.nothing_to_push()
        kept = self.fill() if request["rows"] else {}
        end = "in sync"
        before = self.state()
        self.edit(request["after"])
        renames = [word for each in request["renames"] for word in ("--rename", each)]
        if self.push("--accept-data-loss", *renames, may_refuse=bool(kept)):
            end = "refused"
            self.expect(self.state() == before, "what was refused has changed something")
            self.delete_rows()
            kept = {}
            self.push("--accept-data-loss", *renames)
        self.nothing_to_push()
        self.look(kept)
        pushed = self.schema()
        code, _ = self.run("makemigrations", "--noinput")
        if code and "django/db/migrations/autodetector.py" in self.said[-1]:
            return "no history"  # a plain field that becomes a key to a renamed model: Django's detector breaks
        self.expect(code == 0, f"exit code {code}")
        try:
            self.history_later(pushed)
        except Failed:
            if self.runs_nowhere():
                return "no history"
            raise
        self.nothing_to_push()
        return end

    def history_later(self, pushed: str) -> None:
        self.manage("schemaguard", "reconcile", "--noinput")
        self.expect(self.schema() == pushed, "reconcile has altered something")
        report = json.loads(self.manage("schemaguard", "check", "--format", "json"))
        self.expect(report["verdict"] in ("in_sync", "pending"), json.dumps(report, indent=1))
        found = [each for each in report["findings"] if each["level"] != "info"]
        self.expect(not found, json.dumps(found, indent=1))
        self.manage("migrate", "--noinput")  # what cannot be seen in the catalog waits for it
        self.expect(self.schema() == pushed, "migrate has altered something")
        report = json.loads(self.manage("schemaguard", "check", "--format", "json"))
        self.expect(report["verdict"] == "in_sync", json.dumps(report, indent=1))

    def runs_nowhere(self) -> bool:
        """Django may order AlterUniqueTogether before the AddField that it needs: such a history runs nowhere."""
        self.database.script(EMPTY[self.database.vendor])
        return self.run("migrate", "--noinput")[0] != 0

    # -------------------------------------------------------------------------------------------------------- commands
    def manage(self, *argv: str) -> str:
        code, out = self.run(*argv)
        self.expect(code == 0, f"exit code {code}")
        return out

    def push(self, *argv: str, may_refuse: bool = False) -> bool:
        """Whether it was refused."""
        code, _ = self.run("schemaguard", "push", "--noinput", *argv)
        self.expect(code == 0 or (may_refuse and code == 1), f"exit code {code}")
        return code == 1

    def nothing_to_push(self) -> None:
        self.expect("nothing to do" in self.manage("schemaguard", "push", "--noinput"), "something is left to push")

    def run(self, *argv: str) -> tuple[int, str]:
        from django.core.management import ManagementUtility

        out, err = io.StringIO(), io.StringIO()
        code = 0
        with redirect_stdout(out), redirect_stderr(err):
            try:
                ManagementUtility(["manage.py", *argv]).execute()
            except SystemExit as stop:
                code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
            except Exception:  # noqa: BLE001 (as the interpreter does)
                code = 1
                traceback.print_exc()
        self.said.append(f"$ {' '.join(argv)}\n{out.getvalue()}{err.getvalue()}[{code}]")
        return code, out.getvalue()

    def expect(self, holds: bool, text: str) -> None:
        if not holds:
            raise Failed(text)

    # ---------------------------------------------------------------------------------------------------------- models
    def edit(self, text: str) -> None:
        """The file, and the models of this process."""
        import importlib

        from django.apps import apps

        Path("shop/models.py").write_text(HEAD + text, encoding="utf-8")
        importlib.invalidate_caches()
        sys.modules.pop("shop.models", None)
        apps.all_models["shop"].clear()
        apps.clear_cache()
        apps.get_app_config("shop").import_models()
        apps.clear_cache()

    def fill(self) -> dict[str, dict[str, Any]]:
        """Two rows for each model, made of the defaults, one where that is all it allows; the values of the first."""
        from django.apps import apps
        from django.db import IntegrityError, transaction

        for model in apps.get_app_config("shop").get_models():
            model._default_manager.create()
            with suppress(IntegrityError), transaction.atomic():
                model._default_manager.create()
        return self.values()

    def delete_rows(self) -> None:
        for table in rows(self.database, without=BOOKKEEPING):
            cascade = " CASCADE" if self.database.vendor == "postgresql" else ""
            self.database.execute(f'{"TRUNCATE" if cascade else "DELETE FROM"} "{table}"{cascade}')

    def look(self, before: Mapping[str, Mapping[str, Any]]) -> None:
        """What was not altered holds what it held."""
        if not before:
            return
        now = self.values()
        for old_model, old_field, model, field in self.request["kept"]:
            old, new = before[old_model], now[model]
            old_field, field = (each if each in row else f"{each}_id" for each, row in ((old_field, old), (field, new)))
            self.expect(old[old_field] == new[field], f"{model}.{field} was {old[old_field]!r}, is {new[field]!r}")

    def values(self) -> dict[str, dict[str, Any]]:
        """The first row of each model that has one, by model and field."""
        from django.apps import apps

        found = {}
        for model in apps.get_app_config("shop").get_models():
            row = model._default_manager.order_by("pk").values().first()
            if row is not None:
                found[model.__name__] = dict(row)
        return found

    def schema(self) -> str:
        return catalog_dump(self.database, without=BOOKKEEPING)

    def state(self) -> object:
        return catalog_dump(self.database), rows(self.database)


# --------------------------------------------------------------------------------------------------------- the process
def serve(database: Database, answers: TextIO) -> None:
    import django

    django.setup()
    import_all()
    while line := sys.stdin.readline():
        for path in Path("shop/migrations").glob("0*.py"):
            path.unlink()
        pid = os.fork()
        if pid == 0:
            answer(database, json.loads(line), answers)
            os._exit(0)
        os.waitpid(pid, 0)


def answer(database: Database, request: Mapping[str, Any], answers: TextIO) -> None:
    story = Story(database, request)
    with renaming(request):
        try:
            end, told = story.tell(), ""
        except BaseException as error:  # noqa: BLE001 (the answer says what it was)
            text = str(error) if isinstance(error, Failed) else traceback.format_exc()
            end, told = "failed", "\n".join([*story.said, text])
    answers.write(json.dumps({"end": end, "told": told}) + "\n")
    answers.flush()


@contextmanager
def renaming(request: Mapping[str, Any]) -> Iterator[None]:
    """makemigrations takes for a rename what the story says is one; a person would answer so."""
    from django.db.migrations.questioner import NonInteractiveMigrationQuestioner

    models = {tuple(each) for each in request["models"]}
    fields = {tuple(each) for each in request["fields"]}

    class Answers(NonInteractiveMigrationQuestioner):
        def ask_rename(self, model_name: str, old_name: str, new_name: str, field_instance: Any) -> bool:
            return (model_name.lower(), old_name, new_name) in fields

        def ask_rename_model(self, old_model_state: Any, new_model_state: Any) -> bool:
            return (old_model_state.name, new_model_state.name) in models

    import django.core.management.commands.makemigrations as makemigrations

    command: Any = makemigrations
    before = command.NonInteractiveMigrationQuestioner
    command.NonInteractiveMigrationQuestioner = Answers
    try:
        yield
    finally:
        command.NonInteractiveMigrationQuestioner = before


def import_all() -> None:
    """What every story needs, once for all of them."""
    import importlib

    for module in (
        "django.core.management.commands.makemigrations",
        "django.core.management.commands.migrate",
        "django.core.management.commands.check",
        "schemaguard.management.commands.schemaguard",
        "schemaguard.management.commands.migrate",
        "schemaguard.commands.check",
        "schemaguard.commands.push",
        "schemaguard.commands.reconcile",
        "schemaguard.guard",
        "sqlglot",
    ):
        importlib.import_module(module)


if __name__ == "__main__":
    sys.path.insert(0, str(Path.cwd()))
    # What Django itself may print does not belong among the answers.
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    serve(Database(**json.loads(sys.argv[1])), channel)
