"""What goes with a column or a table was not taken away by the operation that is to drop these: somebody dropped it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.location.cases import ID, OWNER, history

if TYPE_CHECKING:
    from tests.location.cases import MakeCase

THING = f"""
migrations.CreateModel("Thing", [
    {ID},
    ("number", models.IntegerField(db_index=True)),
    ("owner", models.ForeignKey("owner", models.CASCADE, null=True)),
]),
"""


@pytest.mark.parametrize("column", ["number", "owner_id"])
@pytest.mark.parametrize(
    "second",
    [
        "migrations.RemoveField('thing', 'number'), migrations.RemoveField('thing', 'owner'),",
        "migrations.DeleteModel('Thing'),",
    ],
    ids=["columns", "table"],
)
def test_a_lost_index_keeps_nobody_from_migrating(case: MakeCase, column: str, second: str) -> None:
    left = case(history(OWNER + THING, second), last=1)
    left.run("INSERT INTO shop_thing (number) VALUES (1)")
    catalog = (
        f"SELECT indexname FROM pg_indexes WHERE indexname LIKE 'shop_thing_{column}_%'"
        if left.database.vendor == "postgresql"
        else f"SELECT name FROM sqlite_master WHERE type = 'index' AND name LIKE 'shop_thing_{column}_%'"
    )
    ((name,),) = left.database.execute(catalog)
    left.run(f"DROP INDEX {name}")
    (found,) = left.loud()
    assert (found["problem"], found["kind"], found["name"]) == ("missing", "index", name)
    assert left.states() == {"0001": "missing", "0002": "pending"}
    left.migrate()
    assert left.verdict() == "in_sync"
