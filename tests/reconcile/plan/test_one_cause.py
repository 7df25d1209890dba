"""One attribute altered by hand is one finding on that thing, and the command of its hint mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.shop import edit, mended

if TYPE_CHECKING:
    from tests.harness import Project


def found(shop: Project) -> dict[str, Any]:
    report = shop.manage("schemaguard", "check", "--format", "json").expect(1).json
    finding: dict[str, Any]
    (finding,) = [each for each in report["findings"] if each["level"] != "info"]
    return finding


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_a_column_that_takes_no_value_any_more(shop: Project, clean: Any) -> None:
    shop.database.execute("ALTER TABLE shop_product ALTER COLUMN price ADD GENERATED ALWAYS AS IDENTITY")

    finding = found(shop)

    assert (finding["kind"], finding["problem"], finding["name"]) == ("column", "different", "price")
    mended(shop, clean, "--on-conflict", "alter")


def test_an_index_in_another_collation_than_its_column(shop: Project, clean: Any) -> None:
    if shop.database.vendor == "postgresql":
        name, collation = "shop_code_uniq", "POSIX"
        shop.database.script(
            "ALTER TABLE shop_product DROP CONSTRAINT shop_code_uniq;"
            'CREATE UNIQUE INDEX shop_code_uniq ON shop_product (code COLLATE "POSIX")'
        )
    else:
        name, collation = "shop_price_idx", "NOCASE"
        shop.database.script(
            "DROP INDEX shop_price_idx; CREATE INDEX shop_price_idx ON shop_product (price COLLATE NOCASE)"
        )

    finding = found(shop)

    assert (finding["problem"], finding["name"]) == ("different", name)
    assert f'COLLATE "{collation}"' in finding["actual"]
    mended(shop, clean, "--on-conflict", "alter")


@pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)
def test_a_key_that_is_gone_takes_its_numbering_along(shop: Project, clean: Any) -> None:
    edit(shop.database, "stock_shelf", " PRIMARY KEY AUTOINCREMENT", "")

    finding = found(shop)

    assert (finding["kind"], finding["problem"], finding["table"]) == ("primary_key", "missing", "stock_shelf")
    mended(shop, clean)


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_a_unique_constraint_of_whose_name_there_is_a_plain_index(shop: Project, clean: Any) -> None:
    shop.database.script(
        "ALTER TABLE shop_customer DROP CONSTRAINT shop_customer_name_key;"
        "CREATE INDEX shop_customer_name_key ON shop_customer (name)"
    )

    finding = found(shop)

    assert (finding["kind"], finding["problem"]) == ("unique", "different")
    assert (finding["expected"], finding["actual"]) == ("UNIQUE (name)", "INDEX (name)")
    mended(shop, clean, "--on-conflict", "alter")
