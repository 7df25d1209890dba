"""The text on a terminal: hostile names, colours, a narrow one, and what two sides say."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from schemaguard.diagnosis.model import State, Verdict
from schemaguard.report import as_text
from schemaguard.schema.codes import Level, Problem
from schemaguard.schema.kinds import Kind
from tests.report.diagnoses import (
    diagnosis,
    different_column,
    finding,
    migration,
)

HOSTILE = "a\"b'c;\n\x1b[31m<script>[red]\u202eü\u200b"
SHOWN = r"""a"b'c;\n\x1b[31m<script>[red]\u202eü\u200b"""


@pytest.mark.parametrize("coloured", [False, True])
def test_hostile_names_are_shown_and_not_obeyed(coloured: Any) -> None:
    hostile = finding(
        Kind.INDEX,
        Problem.DIFFERENT,
        f"index {HOSTILE} is wrong",
        table=HOSTILE,
        name=HOSTILE,
        app=HOSTILE,
        migration=HOSTILE,
        file=HOSTILE,
        line=1,
        expected=HOSTILE,
        actual=f"{HOSTILE}2",
        hint=HOSTILE,
        level=Level.WARNING,
    )
    console = Console(file=io.StringIO(), force_terminal=True, color_system="standard", width=200) if coloured else None
    text = as_text(diagnosis(alias=HOSTILE, name=HOSTILE, findings=(hostile,)), app_labels=[HOSTILE], console=console)
    text = re.sub(r"\x1b\[[0-9;]*m", "", text) if coloured else text
    lines = [f"{SHOWN} (postgresql 18.6, {SHOWN}), {SHOWN} only: in sync, 0 migrations applied, 1 warning"]
    lines += ["", f"{SHOWN}.{SHOWN}", f"  warning  SG352  index {SHOWN} is wrong  {SHOWN}:1"]
    lines += [f"                  expected  {SHOWN}", f"                  actual    {SHOWN}2", "", f"next  {SHOWN}"]
    assert text.splitlines() == lines


def test_colours_are_all_that_a_terminal_has_more() -> None:
    parts: dict[str, Any] = {
        "migrations": (migration("shop.0005_email", State.CONFLICTING),),
        "findings": (different_column(),),
    }
    plain = as_text(diagnosis(Verdict.CONFLICT, **parts))
    console = Console(file=io.StringIO(), force_terminal=True, color_system="standard", width=20)
    coloured = as_text(diagnosis(Verdict.CONFLICT, **parts), console=console)
    assert "\x1b" not in plain
    assert "\x1b[1;31mconflict\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


def test_a_narrow_terminal_folds_what_is_read_and_not_what_is_copied() -> None:
    """Between words, each part under the text that it goes on with. A pipe has no width."""
    long = replace(
        different_column(),
        expected="varchar(254) NOT NULL DEFAULT 'nobody@example.com'::character varying",
        hint="manage.py schemaguard reconcile --on-conflict alter, after having a look at what stands in there now",
    )
    parts: dict[str, Any] = {"migrations": (migration("shop.0005_email", State.CONFLICTING),), "findings": (long,)}
    console = Console(file=io.StringIO(), force_terminal=True, color_system="standard", width=60)
    text = re.sub(r"\x1b\[[0-9;]*m", "", as_text(diagnosis(Verdict.CONFLICT, **parts), console=console))
    assert text == (
        "default (postgresql 18.6, shop): conflict, 1 error\n"
        "\n"
        "shop.0005_email  conflicting\n"
        "  error    SG204  users.email is varchar(75) NULL;\n"
        "                  shop.0005_email makes it varchar(254) NOT\n"
        "                  NULL (another type and nullability)\n"
        "                  shop/migrations/0005_email.py:14\n"
        "                  expected  varchar(254) NOT NULL DEFAULT\n"
        "                            'nobody@example.com'::character\n"
        "                            varying\n"
        "                  actual    varchar(75) NULL\n"
        "\n"
        "next  manage.py schemaguard reconcile --on-conflict alter, after having a look at what stands in there now\n"
    )


HEADLINES = {
    (Kind.INDEX, Problem.INCOMPARABLE): "index i of shop_price is perhaps the same: that cannot be told",
    (Kind.INDEX, Problem.MISSING): "index i of shop_price was never finished",
    (Kind.COMMENT, Problem.DIFFERENT): "comment of i of shop_price is different",
}


@pytest.mark.parametrize(("kind", "problem"), HEADLINES)
def test_what_two_sides_say_is_not_said_thrice(kind: Kind, problem: Problem) -> None:
    sides = {"expected": "one side", "actual": "another"}
    found = finding(kind, problem, "i: one side, and not another", table="shop_price", name="i", **sides)
    lines = as_text(diagnosis(Verdict.CONFLICT, findings=(found,)), verbosity=2).splitlines()
    assert [line.rstrip() for line in lines[2:5]] == [
        f"  {found.level.value:<7}  {found.code}  {HEADLINES[kind, problem]}",
        "                  expected  one side",
        "                  actual    another",
    ]


def test_what_is_wrong_with_the_settings_stands_together() -> None:
    stale = [
        finding(Kind.TABLE, Problem.EXTRA, f'IGNORE_TABLES: nothing is called "{name}"', code="SG901", table=name)
        for name in ("a", "b")
    ]
    assert as_text(diagnosis(findings=tuple(stale))).splitlines()[2:] == [
        "settings.SCHEMAGUARD",
        '  warning  SG901  IGNORE_TABLES: nothing is called "a"',
        '  warning  SG901  IGNORE_TABLES: nothing is called "b"',
    ]
