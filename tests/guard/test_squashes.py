"""A squash of which some of what it replaces is recorded, and the rest has no file any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.guard.shop import EMAIL, INITIAL, MODELS, in_sync, stopped
from tests.harness import Database, Project, make_project, migration

if TYPE_CHECKING:
    from pathlib import Path

REPLACED = [("shop", "0001_initial"), ("shop", "0002_email")]
SQUASH = migration(
    INITIAL.partition("operations = [")[2].rpartition("]")[0] + EMAIL.partition("operations = [")[2].rpartition("]")[0],
    replaces=REPLACED,
)
AGE = 'migrations.AddField("user", "age", models.IntegerField(null=True)),'
LATER = migration(AGE, after=[("shop", "0001_squashed")])
HALF = "shop.0001_squashed replaces shop.0002_email, without a record or a file, and shop.0001_initial, recorded"
STOPPED = f"""\
InconsistentHistory: {HALF}: migrate would refuse to start; it was stopped before its first statement, \
and nothing was changed.
"""


def squashed(path: Path, database: Database, *, later: bool, made: str) -> Project:
    """0001 and 0002 were replaced while a database stood at 0001: `made` is what the database really holds."""
    user = MODELS[: MODELS.index("class Order")]
    user = user if later else user.replace("    age = models.IntegerField(null=True)\n", "")
    files = {"0001_initial": INITIAL, "0002_email": EMAIL}
    project = make_project(path, apps={"shop": {"models": user, "migrations": files}}, database=database)
    if made:
        project.manage("migrate", "shop", made).expect(0)
    else:
        project.manage("migrate", "shop", "0001", "--fake").expect(0)
    for name in files:
        project.remove_migration("shop", name)
    new = {"0001_squashed": SQUASH} | ({"0002_age": LATER} if later else {})
    project.write_app("shop", {"migrations": new})
    return project


def told(project: Project) -> list[str]:
    found = project.manage("schemaguard", "check", "--format", "json").expect(1).json
    return [found["verdict"], *(each["message"] for each in found["findings"] if each["level"] == "error")]


def test_what_depends_on_it_stops_migrate(tmp_path: Path, database: Database) -> None:
    """The squash goes from its graph, and what depends on it is run on models that nobody made."""
    project = squashed(tmp_path, database, later=True, made="0001")
    assert stopped(project).err == (
        STOPPED
        + """
  shop.0001_squashed is in the database in part and not recorded
    table users is there already

To mend it: manage.py schemaguard reconcile
To mend it and go on: manage.py migrate --reconcile
"""
    )
    what = "Django cannot run it; it is in the database in part: "
    assert told(project)[0] == "reconcilable"
    assert told(project)[1].startswith(f"{HALF}: {what}")
    project.manage("migrate", "--reconcile", "--noinput").expect(0)
    in_sync(project)


def test_what_django_leaves_out_is_told(tmp_path: Path, database: Database) -> None:
    """Nothing depends on it: it goes from the graph, and migrate says that there is nothing to apply."""
    project = squashed(tmp_path, database, later=False, made="0001")
    result = project.manage("migrate").expect(0)
    assert result.err == f"schemaguard: {HALF}: Django does not run it; manage.py schemaguard reconcile\n"
    assert told(project)[0] == "reconcilable"
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    in_sync(project)
    assert project.manage("migrate").expect(0).err == ""


def test_a_squash_of_which_nothing_is_there(tmp_path: Path, database: Database) -> None:
    project = squashed(tmp_path, database, later=True, made="")
    assert stopped(project).err == (
        STOPPED
        + f"""
  shop.0001_squashed is to run, and the database is not as it needs it
    {HALF}

What a person has to choose: manage.py schemaguard reconcile --dry-run
"""
    )
    dry = project.manage("schemaguard", "reconcile", "--dry-run").expect(1).out
    hint = "delete the records of what it replaces from django_migrations, then manage.py migrate"
    assert dry == f"left to a person: {HALF}: Django cannot run it; nothing of it is in the database; {hint}\n"
    verdict, message = told(project)
    assert (verdict, message) == ("conflict", f"{HALF}: Django cannot run it; nothing of it is in the database")
    database.execute("DELETE FROM django_migrations WHERE app = 'shop'")
    project.manage("migrate").expect(0)
    in_sync(project)


def test_what_is_really_missing_is_for_django_to_tell(tmp_path: Path, database: Database) -> None:
    project = squashed(tmp_path, database, later=True, made="0001")
    project.write_app("shop", {"migrations": {"0003_more": migration(AGE, after=[("shop", "0002_nowhere")])}})
    assert "django.db.migrations.exceptions.NodeNotFoundError" in project.manage("migrate").expect(1).err
    assert "do not load" in project.manage("schemaguard", "check").expect(2).err
