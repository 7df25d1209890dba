"""Where the database stands in each app, on a terminal."""

from __future__ import annotations

import io

from rich.console import Console

from schemaguard.diagnosis.model import State, Verdict
from schemaguard.report import as_text
from schemaguard.report.picture import picture
from schemaguard.report.spans import plain
from tests.report.diagnoses import diagnosis, migration

PRESENT, PENDING, MISSING = State.PRESENT, State.PENDING, State.MISSING


def line(app: str, *states: State) -> list:
    return [migration(f"{app}.{number:04}_x", state) for number, state in enumerate(states)]


def shown(*apps: list) -> list[str]:
    return plain(list(picture([each for app in apps for each in app]))).splitlines()


def test_one_line_an_app_with_a_mark_for_each_migration() -> None:
    applied = [State.APPLIED]
    assert shown(
        line("accounts", *applied * 9, PRESENT, PRESENT, PENDING, PRESENT),
        line("shop", *applied, MISSING, State.CONFLICTING, State.PARTIAL, State.ORPHANED),
        line("orders", *applied * 12, *[PRESENT] * 5),
    ) == [
        "",
        "  accounts  9● ◆◆○◆  ○ 1 pending  ◆ 3 present",
        "  shop      ●✗▲◐□    ◐ 1 partial  ✗ 1 missing  ▲ 1 conflicting  □ 1 orphaned",
        "  orders    12● 5◆   ◆ 5 present",
    ]


def test_what_is_the_same_from_end_to_end_or_simply_not_run_yet_has_none() -> None:
    applied = [State.APPLIED]
    apps = [line("a", *applied * 3), line("b", *[PRESENT] * 30), line("c", PENDING), line("d", *applied, PENDING)]
    assert shown(*apps) == []


def test_a_long_name_and_many_apps_stay_readable() -> None:
    apps = [line(f"app{number}", State.APPLIED, MISSING) for number in range(25)]
    lines = shown(*apps)
    assert len(lines) == 22
    assert lines[-1] == "  and 5 more apps"


def test_a_narrow_terminal_folds_it_between_words() -> None:
    states = [each for _ in range(8) for each in (*[State.APPLIED] * 6, MISSING)]
    console = Console(file=io.StringIO(), force_terminal=True, color_system=None, width=44)
    text = as_text(diagnosis(Verdict.RECONCILABLE, migrations=tuple(line("shop", *states))), console=console)
    assert text.splitlines()[2:4] == ["  shop  6● ✗ 6● ✗ 6● ✗ 6● ✗ 6● ✗ 6● ✗ 6● ✗", "        6● ✗  ✗ 8 missing"]
