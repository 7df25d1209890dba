"""Tables of gh-ost and pt-online-schema-change: a note where they were left; a table that is copied is not altered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import migration
from tests.mysql.shop import make_shop

if TYPE_CHECKING:
    from pathlib import Path

    from tests.mysql.shop import Shop

NOTES = """
CREATE TABLE _shop_book_ghc (
    id bigint unsigned AUTO_INCREMENT PRIMARY KEY, last_update timestamp, hint varchar(64), value varchar(255)
)"""
TRIGGER = """
CREATE TRIGGER pt_osc_shop_shop_book_del AFTER DELETE ON shop_book FOR EACH ROW
DELETE FROM _shop_book_new WHERE id = OLD.id"""
GH_OST = ("CREATE TABLE _shop_book_gho LIKE shop_book", NOTES)
PT_OSC = ("CREATE TABLE _shop_book_new LIKE shop_book", TRIGGER)
LEFT = {
    "the copy of gh-ost": (
        GH_OST[:1], "_shop_book_gho was made by an online schema change of shop_book (gh-ost), and left behind",
    ),
    "the old table of gh-ost": (
        ["CREATE TABLE _shop_book_20240131123045_del LIKE shop_book"],
        "_shop_book_20240131123045_del was made by an online schema change of shop_book (gh-ost), and left behind",
    ),
    "gh-ost at work": (
        GH_OST,
        "_shop_book_ghc, _shop_book_gho were made by an online schema change of shop_book (gh-ost), which may be under "
        "way",
    ),
    "the old table of pt-online-schema-change": (
        ["CREATE TABLE _shop_book_old LIKE shop_book"],
        "_shop_book_old was made by an online schema change of shop_book (pt-online-schema-change), and left behind",
    ),
    "pt-online-schema-change at work": (
        PT_OSC,
        "_shop_book_new was made by an online schema change of shop_book (pt-online-schema-change), which may be under "
        "way",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LEFT)
def test_it_is_a_note(shop: Shop, name: str) -> None:
    statements, said = LEFT[name]
    shop.sql(*statements)
    assert shop.messages() == [f"warning: {said}"]


def test_a_table_that_is_called_so_and_is_none(shop: Shop) -> None:
    shop.sql("CREATE TABLE _shop_book_new (id int PRIMARY KEY)")
    assert shop.messages() == ["warning: table _shop_book_new was made outside the migrations"]


@pytest.mark.parametrize("statements", [GH_OST, PT_OSC], ids=["gh-ost", "pt-online-schema-change"])
def test_a_table_that_is_copied_is_not_mended(shop: Shop, statements: tuple[str, ...]) -> None:
    shop.sql(*statements, "DROP INDEX by_title ON shop_book")

    assert "an online schema change of shop_book" in shop.refuses()


COPYING = {
    "ins": "REPLACE INTO `{name}`.`_shop_book_new` (id) VALUES (NEW.id)",
    "upd": "BEGIN DELETE IGNORE FROM `{name}`.`_shop_book_new` WHERE id = OLD.id; END",
    "del": "DELETE IGNORE FROM `{name}`.`_shop_book_new` WHERE id = OLD.id",
}
EVENTS = {"ins": "INSERT", "upd": "UPDATE", "del": "DELETE"}


@pytest.mark.parametrize("events", [("ins",), ("del", "ins", "upd")], ids=" ".join)
def test_triggers_whose_copy_is_gone_are_an_error(shop: Shop, events: tuple[str, ...]) -> None:
    names = [f"pt_osc_any_shop_book_{event}" for event in events]
    for event, name in zip(events, names, strict=True):
        text = COPYING[event].format(name=shop.database.name)
        shop.sql(f"CREATE TRIGGER {name} AFTER {EVENTS[event]} ON shop_book FOR EACH ROW {text}")

    report = shop.project.manage("schemaguard", "check", "--format", "json").expect(1).json

    (found,) = [each for each in report["findings"] if each["level"] == "error"]
    verb, they = (
        ("trigger {} of shop_book writes", "it") if len(events) == 1 else ("triggers {} of shop_book write", "them")
    )
    assert found["message"] == (
        f"{verb.format(', '.join(names))} into _shop_book_new, a table that is not there: every "
        f"{', '.join(EVENTS[event] for event in events)} fails. pt-online-schema-change left {they}"
    )
    assert report["verdict"] == "conflict"
    for statement in found["hint"].split("; "):
        shop.sql(statement)
    assert shop.findings() == []


def test_triggers_that_went_with_the_old_table_hurt_nobody(shop: Shop) -> None:
    """The tool swaps the tables, and its triggers go with the old one."""
    shop.sql(
        "CREATE TABLE _shop_book_old LIKE shop_book",
        "CREATE TRIGGER pt_osc_any_shop_book_ins AFTER INSERT ON _shop_book_old FOR EACH ROW"
        " REPLACE INTO _shop_book_new (id) VALUES (NEW.id)",
    )
    assert [each["level"] for each in shop.findings()] == ["warning"]


def test_a_copy_that_a_killed_server_left_is_a_note(shop: Shop) -> None:
    shop.sql("CREATE TABLE `#sql-2f5_1a` LIKE shop_book")

    (found,) = shop.findings()

    assert found["message"] == "#sql-2f5_1a was left by a server that was killed while it altered a table"
    assert (found["code"], found["level"]) == ("SG211", "warning")
    shop.sql(found["hint"].partition(",")[0])
    assert shop.findings() == []


LATER = migration(
    'migrations.AddField("book", "more", models.IntegerField(null=True)),', after=[("shop", "0001_initial")]
)


def test_a_table_that_is_copied_is_not_migrated(tmp_path: Path, mysql: Any) -> None:
    with mysql.fresh() as database:
        shop = make_shop(tmp_path, database, **{"0002_later": LATER})
        shop.sql(*GH_OST)

        stopped = shop.project.manage("migrate").expect(1).err

        assert (
            "shop.0002_later alters shop_book: an online schema change of shop_book (gh-ost) may be under way"
            in stopped
        )
        shop.sql("DROP TABLE _shop_book_ghc")
        shop.project.manage("migrate").expect(0)
