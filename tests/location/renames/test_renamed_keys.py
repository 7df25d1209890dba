"""A key that gets another name, beside a many-to-many table, whose own key has the former one."""

from __future__ import annotations

import pytest

from tests.location.cases import ID, LOST_RECORDS, MakeCase, history

MADE = f"""
migrations.CreateModel("Item", [{ID}]),
migrations.CreateModel("Part", [{ID}]),
"""
TO = {"another": "shop.Part", "itself": "shop.Item"}


@pytest.mark.parametrize("to", TO)
def test_the_many_to_many_table_keeps_its_own(case: MakeCase, to: str) -> None:
    item = case(
        history(
            MADE,
            f'migrations.AddField("item", "parts", models.ManyToManyField("{TO[to]}")),',
            'migrations.RenameField("item", "id", "number"),',
        )
    )
    clean = item.dump()
    assert item.verdict() == "in_sync"

    item.run(LOST_RECORDS)
    assert set(item.states().values()) == {"present"}
    item.reconcile()

    assert item.dump() == clean
    assert item.verdict() == "in_sync"
