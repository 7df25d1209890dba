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


def test_a_foreign_key_whose_target_and_then_whose_column_is_renamed(case: MakeCase) -> None:
    """It has a step for each. The first is over the same column, which came with it under another name."""
    key = 'models.ForeignKey("shop.page", models.CASCADE, null=True)'
    task = case(
        history(
            f'migrations.CreateModel("Page", [{ID}]), migrations.CreateModel("Task", [{ID}]),',
            f'migrations.AddField("task", "page", {key}),',
            'migrations.RenameModel("Page", "Revision"),',
            'migrations.RenameField("task", "page", "revision"),',
        )
    )
    assert task.verdict() == "in_sync"

    task.run(LOST_RECORDS)
    assert set(task.states().values()) == {"present"}
