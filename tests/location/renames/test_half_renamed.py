"""Columns that have yet to be renamed: what is over them, and what a later migration puts over them."""

from __future__ import annotations

import pytest

from tests.location.cases import ID, OWNER, Case, MakeCase, history

RENAMED = 'migrations.RenameField("item", "mail", "email"),'
OVER_IT = {
    "unique": 'migrations.AlterField("item", "email", models.CharField(max_length=90, unique=True)),',
    "index": 'migrations.AlterField("item", "email", models.CharField(max_length=90, db_index=True)),',
    "bespoke index": """
        migrations.AlterField("item", "email", models.CharField(max_length=90)),
        migrations.AddIndex("item", models.Index(fields=["email", "size"], name="mail_and_size")),
    """,
}


@pytest.mark.parametrize("over", OVER_IT)
def test_a_rename_and_what_comes_over_the_new_name_are_mended_together(case: MakeCase, over: str) -> None:
    """All of it is recorded and nothing was done. The rename alone brings no index along that was not there."""
    made = f'migrations.CreateModel("Item", [{ID}, ("mail", models.CharField(max_length=50)), ("size", SIZE)]),'
    item = case(history(made, RENAMED, OVER_IT[over], imports="SIZE = models.IntegerField(default=1)"), last=1)
    item.run("INSERT INTO shop_item (mail, size) VALUES ('a@b.example', 2)")
    item.manage("migrate", "shop", "--fake", "--verbosity", "0").expect(0)

    item.reconcile("--on-conflict", "alter")
    item.migrate()

    assert item.loud() == []
    assert item.verdict() == "in_sync"
    assert item.database.execute("SELECT email, size FROM shop_item") == [("a@b.example", 2)]


TABLE = "ALTER TABLE shop_owner RENAME TO shop_person;"
LINKS = "ALTER TABLE shop_owner_friends RENAME TO shop_person_friends;"
FROM = "ALTER TABLE shop_person_friends RENAME COLUMN from_owner_id TO from_person_id;"
TO = "ALTER TABLE shop_person_friends RENAME COLUMN to_owner_id TO to_person_id;"


def friends(case: MakeCase) -> Case:
    """A model with a many-to-many field to itself, which is to be renamed: six things change their names."""
    owner = OWNER.replace('("name"', '("friends", models.ManyToManyField("shop.owner")), ("name"')
    found = case(history(owner, 'migrations.RenameModel("Owner", "Person"),'), last=1)
    found.run(
        "INSERT INTO shop_owner (name) VALUES ('a'), ('b')",
        "INSERT INTO shop_owner_friends (from_owner_id, to_owner_id) VALUES (1, 2)",
    )
    return found


@pytest.mark.parametrize("done", [TABLE, TABLE + LINKS, TABLE + LINKS + FROM, TABLE + LINKS + TO])
def test_a_model_that_was_renamed_in_part_is_renamed_to_the_end(case: MakeCase, done: str) -> None:
    """Django renames two columns of one constraint in one operation, one after the other."""
    person = friends(case)
    person.run(done)

    assert person.states() == {"0001": "applied", "0002": "partial"}
    person.reconcile()

    assert person.states() == {"0001": "applied", "0002": "applied"}
    assert person.loud() == []
    links = person.database.execute("SELECT from_person_id, to_person_id FROM shop_person_friends")
    assert links == [(1, 2)]


def test_one_that_was_renamed_whole_by_hand_is_there_already(case: MakeCase) -> None:
    person = friends(case)
    person.run(TABLE, LINKS, FROM, TO)
    assert person.states() == {"0001": "applied", "0002": "present"}


REPLACED = f"""
    migrations.CreateModel("Item", [
        {ID}, ("holder", models.IntegerField()), ("next", models.IntegerField(null=True)),
        ("size", models.IntegerField()),
    ]),
"""
TAKES_ITS_NAME = """
    migrations.RemoveField("item", "size"),
    migrations.RemoveField("item", "holder"),
    migrations.RenameField("item", "next", "holder"),
    migrations.AlterField("item", "holder", models.IntegerField()),
"""
MODELS = """
from django.db import models

class Item(models.Model):
    holder = models.IntegerField()
"""


@pytest.mark.parametrize("begun", [False, True])
def test_a_column_goes_of_which_another_one_takes_the_name(case: MakeCase, begun: bool) -> None:
    """The model's column is the other one. What the model has is never dropped, and this is not it."""
    item = case(history(REPLACED, TAKES_ITS_NAME), last=1, files={"models.py": MODELS})
    item.run("INSERT INTO shop_item (holder, next, size) VALUES (1, 2, 3)")
    if begun:
        item.run("ALTER TABLE shop_item DROP COLUMN size")
        assert item.states() == {"0001": "applied", "0002": "partial"}

    item.reconcile("--migrate", "--accept-data-loss")

    assert item.verdict() == "in_sync"
    assert item.database.execute("SELECT holder FROM shop_item") == [(2,)]
