"""What a migration to come would fail over: said where Django really fails on it, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from schemaguard.diagnosis.ahead import obstructions, untold
from schemaguard.diagnosis.ahead.obstacles import obstacles
from schemaguard.diagnosis.assessment import assess
from tests.diagnosis.ahead_stories import STORIES
from tests.location.places import fails, location, migrate, plan

if TYPE_CHECKING:
    from schemaguard.location.location import Location
    from tests.harness import Database
    from tests.history.test_timeline import Connect


def drop_together(database: Database) -> str:
    if database.vendor == "sqlite":
        (name,) = database.execute("SELECT name FROM sqlite_master WHERE name LIKE 'shop_log_note_number%'")[0]
        return f"DROP INDEX {name}"
    (name,) = database.execute("SELECT conname FROM pg_constraint WHERE conname LIKE 'shop_log_note_number%'")[0]
    return f"ALTER TABLE shop_log DROP CONSTRAINT {name}"


def ahead(found: Location) -> list[Any]:
    return list(obstructions(found, range(1, len(found.graph.plan))))


RUNS = [(name, vendor) for name, story in STORIES.items() for vendor in story.vendors]


@pytest.mark.parametrize(("name", "vendor"), RUNS, indirect=["vendor"], ids=["-".join(run) for run in RUNS])
def test_it_is_said_where_django_fails(name: str, connect: Connect, database: Database) -> None:
    story = STORIES[name]
    with connect(database) as connection:
        migrate(connection, plan(*story.operations())[:1])
        if story.trouble:
            drop = drop_together(database) if "{drop together}" in story.trouble else ""
            database.script(story.trouble.replace("{drop together}", drop))
        found = location(connection, plan(*story.operations()), recorded=["0000"])
        told = ahead(found)
        assert tuple(each.finding.message for each in told) == story.told
        if story.known is not None:
            assert untold(assess(found).findings_of, told) == ([] if story.known else told)
        planned = {("shop", migration.name) for migration in found.graph.plan[1:]}
        stops = bool(obstacles(assess(found), planned).fatal)
        assert stops == bool(story.told or story.there)
        assert fails(connection, plan(*story.operations())) == stops
