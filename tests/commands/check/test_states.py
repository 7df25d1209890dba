"""What a check says of a database in each state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.commands.check.users import APPS, SHOP, another_type, checked, codes, states
from tests.harness import Database, Project, make_project

if TYPE_CHECKING:
    from pathlib import Path


def test_in_sync(project: Project) -> None:
    document = checked(project)
    assert document["format"] == 1
    assert document["database"]["vendor"] == project.database.vendor
    assert document["database"]["name"] == project.database.name
    assert document["verdict"] == "in_sync"
    assert document["findings"] == document["plan"] == []
    assert document["migrations"][1] == {
        "app": "shop",
        "name": "0002_user",
        "recorded": True,
        "state": "applied",
        "file": "shop/migrations/0002_user.py",
        "operations": [
            {"index": 0, "description": "Add field email to user", "state": "done"},
            {"index": 1, "description": "Add field age to user", "state": "done"},
        ],
    }


def test_pending(project: Project) -> None:
    project.manage("migrate", "shop", "0001").expect(0)
    document = checked(project)
    assert document["verdict"] == "pending"
    assert states(document) == {"0001_initial": "applied", "0002_user": "pending"}
    assert codes(document) == []


def test_an_empty_database(tmp_path: Path, database: Database) -> None:
    document = checked(make_project(tmp_path, apps=SHOP, settings=APPS, database=database))
    assert document["verdict"] == "pending"
    assert set(states(document).values()) == {"pending"}


def test_present(project: Project) -> None:
    project.database.execute("DELETE FROM django_migrations")
    document = checked(project, code=1)
    assert document["verdict"] == "reconcilable"
    assert states(document) == {"0001_initial": "present", "0002_user": "present"}
    assert codes(document) == ["SG101", "SG101"]


def test_partial(project: Project) -> None:
    project.database.execute("DELETE FROM django_migrations WHERE name = '0002_user'")
    project.database.execute("ALTER TABLE users DROP COLUMN age")
    document = checked(project, code=1)
    assert document["verdict"] == "reconcilable"
    assert states(document) == {"0001_initial": "applied", "0002_user": "partial"}
    assert [each["state"] for each in document["migrations"][1]["operations"]] == ["done", "absent"]
    assert document["findings"][0]["message"] == (
        "shop.0002_user is in the database in part, and not recorded, so that migrate would fail: "
        "column users.email is there; column users.age is missing"
    )


def test_missing(project: Project) -> None:
    project.database.execute("ALTER TABLE users DROP COLUMN age")
    document = checked(project, code=1)
    assert document["verdict"] == "reconcilable"
    assert states(document) == {"0001_initial": "applied", "0002_user": "missing"}
    (finding,) = document["findings"]
    assert finding == {
        "code": "SG203",
        "level": "error",
        "kind": "column",
        "problem": "missing",
        "table": "users",
        "name": "age",
        "columns": ["age"],
        "app": "shop",
        "migration": "0002_user",
        "file": "shop/migrations/0002_user.py",
        "line": 8,
        "expected": "integer NULL",
        "actual": None,
        "message": "users.age is missing; shop.0002_user makes it",
        "hint": "manage.py schemaguard reconcile",
    }


def test_conflicting(project: Project) -> None:
    another_type(project)
    document = checked(project, code=1)
    assert document["verdict"] == "conflict"
    assert states(document) == {"0001_initial": "applied", "0002_user": "conflicting"}
    (finding,) = document["findings"]
    assert (finding["code"], finding["expected"], finding["actual"]) == ("SG204", "integer NULL", "date NULL")


def test_orphaned(project: Project) -> None:
    project.database.execute(
        "INSERT INTO django_migrations (app, name, applied) VALUES ('gone', '0001_old', '2020-01-01 00:00:00')"
    )
    document = checked(project)
    assert document["verdict"] == "in_sync"
    assert document["migrations"][2] == {
        "app": "gone",
        "name": "0001_old",
        "recorded": True,
        "state": "orphaned",
        "file": None,
        "operations": [],
    }
    assert codes(document) == ["SG104"]


def test_hostile_names_in_a_real_database(project: Project) -> None:
    hostile = "a\"b'c; DROP TABLE users; --\n\x1b[31m<script>[red]ü\u202e"
    quoted = hostile.replace('"', '""')
    project.database.execute(f'CREATE TABLE "{quoted}" (id integer)')
    result = project.manage("schemaguard", "check").expect(0)
    shown = hostile.replace("\n", r"\n").replace("\x1b", r"\x1b").replace("\u202e", r"\u202e")
    assert f"  warning  SG202  table {shown} was made outside the migrations\n" in result.out
    assert all(character.isprintable() or character == "\n" for character in result.out)
    assert checked(project)["findings"][0]["table"] == hostile
