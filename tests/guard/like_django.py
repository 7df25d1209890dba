"""Stories of `migrate`, each a sequence of steps, that must go the same way with this app and without it.

They follow what Django's own tests of the command look at (tests/migrations/test_commands.py): forwards and backwards,
faking, plans, checks, squashes, pruning, apps without migrations, and every mistake that it has words for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.harness import AppSource, migration

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Run:
    """`manage.py ARGV` ends with `code`. `stops`: where Django fails on its way, the guard does so before it."""

    argv: tuple[str, ...]
    code: int = 0
    stops: bool = False


@dataclass(frozen=True, kw_only=True)
class Sql:
    text: str


@dataclass(frozen=True, kw_only=True)
class Files:
    """Files of the app `zoo` that change: {"migrations/0003_x": source}, None for one that goes."""

    files: Mapping[str, str | None]


@dataclass(frozen=True, kw_only=True)
class Story:
    name: str
    steps: tuple[Run | Sql | Files, ...]
    apps: Mapping[str, AppSource]


def migrate(*argv: str, code: int = 0, stops: bool = False) -> Run:
    return Run(argv=("migrate", "--noinput", *argv), code=code, stops=stops)


KEEPER = """
    migrations.CreateModel("Keeper", [
        ("id", models.AutoField(primary_key=True)),
        ("name", models.CharField(max_length=80)),
        ("age", models.IntegerField(default=0)),
    ]),
"""
CAGE = """
    migrations.CreateModel("Cage", [
        ("id", models.AutoField(primary_key=True)),
        ("keeper", models.ForeignKey("zoo.Keeper", models.SET_NULL, null=True)),
    ]),
"""
BADGE = 'migrations.AddField("keeper", "badge", models.IntegerField(default=7)), migrations.DeleteModel("Visit"),'
VISIT = """
    migrations.CreateModel("Visit", [("id", models.AutoField(primary_key=True)), ("on", models.DateField(null=True))]),
"""
FIRST = migration(KEEPER + VISIT)
SECOND = migration(BADGE + CAGE, after=[("zoo", "0001_initial")])
TWO: Mapping[str, AppSource] = {"zoo": {"models": "", "migrations": {"0001_initial": FIRST, "0002_second": SECOND}}}
NOT_INITIAL = FIRST.replace("dependencies = []", "dependencies = []\n    initial = False")
CODE = migration(
    """
    migrations.RunPython(grow, shrink),
    migrations.RunSQL("UPDATE zoo_keeper SET age = 2", "UPDATE zoo_keeper SET age = 1"),
    """,
    after=[("zoo", "0002_second")],
    imports='''
    def grow(apps, editor):
        """Feeds them."""
        apps.get_model("zoo", "Keeper").objects.update(age=1)

    def shrink(apps, editor):
        apps.get_model("zoo", "Keeper").objects.update(age=0)
    ''',
)
ONE_WAY = migration('migrations.RunSQL("SELECT 1"),', after=[("zoo", "0002_second")])
SQUASH = migration(
    KEEPER.replace('("age"', '("badge", models.IntegerField(default=7)), ("age"') + CAGE,
    replaces=[("zoo", "0001_initial"), ("zoo", "0002_second")],
)
SQUASHED: Mapping[str, AppSource] = {
    "zoo": {
        "models": "",
        "migrations": {"0001_initial": FIRST, "0002_second": SECOND, "0001_squashed_0002": SQUASH},
    }
}
AFTER_SQUASH = migration(
    'migrations.AddField("cage", "size", models.IntegerField(null=True)),', after=[("zoo", "0001_squashed_0002")]
)
CONFLICT = migration('migrations.RemoveField("keeper", "age"),', after=[("zoo", "0001_initial")])
SPLIT = migration(CAGE, after=[("zoo", "0001_initial")]).replace("operations =", "initial = True\n    operations =")
PLAIN = """
from django.db import models

class Plant(models.Model):
    name = models.CharField(max_length=20, db_index=True)

class Pot(models.Model):
    plant = models.ForeignKey(Plant, models.CASCADE)
"""
TO_ZOO = """
from django.db import models

class Gate(models.Model):
    keeper = models.ForeignKey("zoo.Keeper", models.CASCADE)
"""
KEEPER_MODEL = """
from django.db import models

class Keeper(models.Model):
    id = models.AutoField(primary_key=True)
    name = models.CharField(max_length=80)
    age = models.IntegerField(default=0)
"""
AHEAD = KEEPER_MODEL + "    height = models.IntegerField(null=True)\n"
BROKEN = KEEPER_MODEL + "    wrong = models.CharField(max_length=-1)\n"
HOUSE = migration(
    'migrations.CreateModel("House", [("id", models.AutoField(primary_key=True))]),', after=[("zoo", "0001_initial")]
)


def zoo(**migrations: str) -> Mapping[str, AppSource]:
    return {"zoo": {"models": "", "migrations": migrations}}


def forget(app: str, name: str = "%") -> Sql:
    return Sql(text=f"DELETE FROM django_migrations WHERE app = '{app}' AND name LIKE '{name}'")


FORWARDS = (
    Story(
        name="forwards and back",
        apps=TWO,
        steps=(
            migrate("zoo", "0001"), migrate(), migrate(), migrate("zoo", "0001"), migrate("zoo", "zero"),
            migrate("zoo", "zero"), migrate("zoo"),
        ),
    ),
    Story(
        name="code and SQL, both ways",
        apps=zoo(**{"0001_initial": FIRST, "0002_second": SECOND, "0003_code": CODE}),
        steps=(
            migrate("zoo", "0002"), Sql(text="INSERT INTO zoo_keeper (name, age, badge) VALUES ('x', 0, 1)"),
            migrate("-v2"), migrate("zoo", "0002", "-v3"), migrate("-v0"),
        ),
    ),
    Story(
        name="what cannot be taken back",
        apps=zoo(**{"0001_initial": FIRST, "0002_second": SECOND, "0003_one_way": ONE_WAY}),
        steps=(migrate(), migrate("zoo", "0001", code=1)),
    ),
    Story(
        name="an app that depends on another",
        apps={**TWO, "house": {"models": "", "migrations": {"0001_initial": HOUSE}}},
        steps=(migrate("house"), migrate("zoo", "zero"), migrate()),
    ),
    Story(
        name="a migration that fails half way",
        apps=zoo(**{
            "0001_initial": FIRST,
            "0002_fails": migration(
                VISIT.replace("Visit", "Guest") + 'migrations.RunSQL("SELECT nothing FROM nowhere"),',
                after=[("zoo", "0001_initial")],
            ),
        }),
        steps=(migrate(code=1), migrate("zoo", "0001")),
    ),
)  # fmt: skip
MISTAKES = (
    Story(
        name="names that do not exist",
        apps={**TWO, "plain": {"models": PLAIN}},
        steps=(
            migrate("nowhere", code=1), migrate("plain", code=1), migrate("zoo", "0009", code=1),
            migrate("zoo", "000", code=1), migrate("--database", "nothing", code=2),
        ),
    ),
    Story(
        name="two leaves",
        apps=zoo(**{"0001_initial": FIRST, "0002_second": SECOND, "0002_conflict": CONFLICT}),
        steps=(migrate("zoo", "0001", code=1), migrate(code=1), migrate("--plan", code=1)),
    ),
    Story(
        name="models with errors",
        apps={"zoo": {"models": BROKEN, "migrations": {"0001_initial": FIRST}}},
        steps=(migrate(code=1), migrate("--skip-checks")),
    ),
    Story(
        name="models ahead of their migrations",
        apps={"zoo": {"models": AHEAD, "migrations": {"0001_initial": migration(KEEPER)}}},
        steps=(migrate(), migrate()),
    ),
    Story(
        name="a history that contradicts itself",
        apps=TWO,
        steps=(migrate(), forget("zoo", "0001%"), migrate(code=1, stops=True), migrate("zoo", "zero", code=1)),
    ),
)  # fmt: skip
LOOKING = (
    Story(
        name="plan",
        apps=zoo(**{"0001_initial": FIRST, "0002_second": SECOND, "0003_code": CODE}),
        steps=(
            migrate("--plan"), migrate("zoo", "0001", "--plan"), migrate(), migrate("--plan"),
            migrate("zoo", "0001", "--plan"), migrate("zoo", "zero", "--plan"),
        ),
    ),
    Story(
        name="check",
        apps=TWO,
        steps=(
            migrate("--check", code=1), migrate("--check", "--plan", code=1), migrate("zoo", "0001"),
            migrate("zoo", "0001", "--check"), migrate("zoo", "--check", code=1), migrate(), migrate("--check"),
            Run(argv=("showmigrations",)), Run(argv=("showmigrations", "--plan")),
            Run(argv=("sqlmigrate", "zoo", "0001")),
        ),
    ),
)  # fmt: skip
FAKING = (
    Story(
        name="fake",
        apps=TWO,
        steps=(
            migrate("--fake"), Run(argv=("showmigrations",)), migrate("zoo", "0001", "--fake"),
            migrate("zoo", "zero", "--fake"), migrate(), migrate("zoo", "zero", "--fake"), migrate("--fake"),
        ),
    ),
    Story(
        name="fake initial",
        apps=TWO,
        steps=(
            migrate("zoo", "0001"), forget("zoo"), migrate(code=1, stops=True),
            migrate("zoo", "0001", "--fake-initial"), migrate("--fake-initial"), forget("zoo"),
            migrate("--fake-initial", code=1, stops=True),
        ),
    ),
    Story(
        name="fake initial without the tables",
        apps=TWO,
        steps=(
            migrate("--fake-initial"), migrate("zoo", "zero"), migrate("zoo", "0001"), forget("zoo"),
            Sql(text="DROP TABLE zoo_visit"), migrate("zoo", "0001", "--fake-initial", code=1, stops=True),
        ),
    ),
    Story(
        name="fake initial of a migration that says it is none",
        apps=zoo(**{"0001_initial": NOT_INITIAL}),
        steps=(migrate(), forget("zoo"), migrate("--fake-initial", code=1, stops=True)),
    ),
    Story(
        name="fake initial in two parts",
        apps=zoo(**{"0001_initial": FIRST, "0002_split": SPLIT}),
        steps=(migrate(), forget("zoo"), migrate("--fake-initial"), migrate("zoo", "zero", "--fake")),
    ),
)  # fmt: skip
SQUASHING = (
    Story(
        name="a squash on an empty database",
        apps=SQUASHED,
        steps=(migrate(), Run(argv=("showmigrations",)), migrate("zoo", "zero"), migrate("--plan")),
    ),
    Story(
        name="a squash of what is recorded",
        apps=TWO,
        steps=(
            migrate(), Files(files={"migrations/0001_squashed_0002": SQUASH}), migrate("--plan"), migrate(),
            Run(argv=("showmigrations", "--plan")), migrate("zoo", "0001_initial"),
        ),
    ),
    Story(
        name="a squash of what is recorded in part",
        apps=TWO,
        steps=(
            migrate("zoo", "0001"), Files(files={"migrations/0001_squashed_0002": SQUASH}), migrate("--plan"),
            migrate(), Run(argv=("showmigrations",)),
        ),
    ),
    Story(
        name="back to a squash",
        apps={"zoo": {**SQUASHED["zoo"], "migrations": {
            **SQUASHED["zoo"].get("migrations", {}), "0003_size": AFTER_SQUASH,
        }}},
        steps=(migrate(), migrate("zoo", "0001_squashed_0002"), migrate(), migrate("zoo", "0002_second")),
    ),
    Story(
        name="prune",
        apps=SQUASHED,
        steps=(
            migrate(), migrate("--prune", code=1), migrate("zoo", "--prune"),
            Files(files={"migrations/0001_initial": None, "migrations/0002_second": None}), migrate("zoo", "--prune"),
            Files(files={"migrations/0001_squashed_0002": SQUASH.replace("    replaces", "    replaced")}),
            migrate("zoo", "--prune"), migrate("zoo", "--prune"), Run(argv=("showmigrations",)),
        ),
    ),
)  # fmt: skip
SYNCING = (
    Story(
        name="apps without migrations",
        apps={**TWO, "plain": {"models": PLAIN}},
        steps=(
            migrate(), migrate("plain", code=1), migrate("plain", "--run-syncdb"), migrate("--run-syncdb"),
            migrate("zoo", "--run-syncdb", code=1),
        ),
    ),
    Story(
        name="an app without migrations that points at one with",
        apps={"gate": {"models": TO_ZOO}, "zoo": {"models": KEEPER_MODEL, "migrations": {"0001_initial": FIRST}}},
        # PostgreSQL wants the table that a key points at to be there first.
        steps=(migrate(), migrate("--run-syncdb"), migrate("--run-syncdb", "-v2")),
    ),
)  # fmt: skip
STORIES = (*FORWARDS, *MISTAKES, *LOOKING, *FAKING, *SQUASHING, *SYNCING)
