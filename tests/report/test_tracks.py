"""Each app a track, and where records and database stand on it."""

from __future__ import annotations

from schemaguard.diagnosis.model import State
from schemaguard.report.tracks import tracks
from tests.report.diagnoses import migration


def test_apps_that_are_not_whole_come_first() -> None:
    found = tracks([migration("a.0001"), migration("b.0001", State.PENDING), migration("a.0002"), migration("c.0001")])
    assert [(each.app, each.is_whole) for each in found] == [("b", False), ("a", True), ("c", True)]


def test_stretches_are_of_one_state_and_long_ones_are_folded() -> None:
    names = [migration(f"a.{number:04}") for number in range(6)]
    names += [migration("a.0007", State.PENDING), migration("a.0008")]
    names += [migration(f"a.{number:04}", State.MISSING) for number in range(10, 16)]
    (track,) = tracks(names)
    assert [(each.state.value, len(each.migrations), each.is_folded) for each in track.stretches] == [
        ("applied", 6, True),
        ("pending", 1, False),
        ("applied", 1, False),
        ("missing", 6, False),
    ]
    assert list(track.migrations) == names


def test_where_records_end_and_where_the_database_stands() -> None:
    one, two, three = migration("a.0001"), migration("a.0002", State.PRESENT), migration("a.0003", State.PENDING)
    (track,) = tracks([one, two, three, migration("a.0009", State.ORPHANED)])
    assert (track.recorded, track.reached) == (one, two)
    (track,) = tracks([three])
    assert (track.recorded, track.reached) == (None, None)
