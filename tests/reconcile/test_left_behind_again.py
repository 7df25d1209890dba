"""What a clean migrate leaves behind though no model has it any more, on a table or a column that was lost."""

from __future__ import annotations

import pytest

from tests.location.cases import ID, MakeCase, history

LEFT = history(
    f"""
    migrations.CreateModel("Shelf", [
        {ID}, ("note", models.CharField(max_length=9)), ("code", models.CharField(max_length=9, db_index=True)),
    ]),
    migrations.AlterField("shelf", "code", models.CharField(max_length=9)),
    """
)


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)  # SQLite's editor makes the table anew, without it
@pytest.mark.parametrize("trouble", ["DROP TABLE shop_shelf", "ALTER TABLE shop_shelf DROP COLUMN code"])
def test_it_comes_back_with_it(case: MakeCase, trouble: str) -> None:
    shelf = case(LEFT)
    wanted = shelf.dump()
    shelf.run(trouble)

    shelf.reconcile()
    assert shelf.verdict() == "in_sync"
    assert shelf.dump() == wanted
