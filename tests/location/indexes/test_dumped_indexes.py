"""Indexes that InnoDB made by itself, and a dump spelt out."""

from __future__ import annotations

import pytest

from tests.location.cases import ID, MakeCase, history

KEY = "models.ForeignKey('shop.shelf', models.CASCADE{})"
RELEASED = history(
    'migrations.CreateModel("Shelf", [("id", models.AutoField(primary_key=True))]),',
    f'migrations.CreateModel("Book", [{ID}, ("shelf", {KEY.format("")})]),',
    'migrations.AlterField("shelf", "id", models.BigAutoField(primary_key=True)),',
    f'migrations.AlterField("book", "shelf", {KEY.format(", db_constraint=False")}),',
    'migrations.RenameModel("book", "volume"),',
)
OVER_SHELF = """
SELECT index_name FROM information_schema.statistics WHERE table_schema = DATABASE() AND column_name = 'shelf_id'
"""


@pytest.mark.mysql
@pytest.mark.parametrize("vendor", ["mysql"], indirect=True)
@pytest.mark.parametrize("dumped_after", [2, 3, 4])
def test_the_index_of_a_key_that_is_gone_bears_the_name_of_an_earlier_one_after_a_dump(
    case: MakeCase, dumped_after: int
) -> None:
    """A dump spells out the index, so InnoDB does not take it away when the key comes again under another name."""
    book = case(RELEASED, last=dumped_after)
    ((name,),) = book.database.execute(OVER_SHELF)
    book.run("ALTER TABLE shop_book ADD KEY tmp (shelf_id)")
    if len(book.database.execute(OVER_SHELF)) == 2:
        book.run(f"ALTER TABLE shop_book DROP KEY {name}")
    book.run(f"ALTER TABLE shop_book RENAME KEY tmp TO {name}")
    for last in range(dumped_after + 1, 6):
        book.migrate(last)
        assert book.loud() == []
    assert len(book.database.execute(OVER_SHELF)) == 1
    assert book.verdict() == "in_sync"
