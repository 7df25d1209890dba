"""A word on stderr about what takes long, on a terminal alone."""

from __future__ import annotations

import os
import pty
import time
from typing import TYPE_CHECKING, Any, TextIO

import pytest
from django.core.management.base import BaseCommand

from schemaguard.commands import progress

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = "reading [all] tables"
GREEN = "\x1b[32m"
"""The colour of the spinner."""


@pytest.fixture
def terminal() -> Iterator[tuple[int, TextIO]]:
    """The end that a person looks at, and the one that a command writes to."""
    watched, end = pty.openpty()
    with os.fdopen(end, "w", encoding="utf-8") as stream:
        yield watched, stream
    os.close(watched)


def shown(terminal: tuple[int, TextIO], monkeypatch: pytest.MonkeyPatch, *, told: bool, **options: Any) -> str:
    """What a terminal gets of a block that is over once the text is there (`told`), or after a while."""
    watched, stream = terminal
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    found = ""
    with progress.progress(BaseCommand(stderr=stream), {"verbosity": 1, **options}, TEXT):
        while told and TEXT not in found:
            found += os.read(watched, 1000).decode()
        time.sleep(0.2)
    stream.write("end")
    stream.flush()
    while not found.endswith("end"):
        found += os.read(watched, 1000).decode()
    return found.removesuffix("end")


def test_what_takes_long_is_told_and_taken_back(terminal: tuple[int, TextIO], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "SECONDS", 0.05)
    text = shown(terminal, monkeypatch, told=True)
    assert GREEN in text
    assert text.endswith("\x1b[1A\x1b[2K")  # up, and the line is empty


def test_without_colours(terminal: tuple[int, TextIO], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "SECONDS", 0.05)
    assert GREEN not in shown(terminal, monkeypatch, told=True, no_color=True)


@pytest.mark.parametrize(("seconds", "verbosity"), [(60, 1), (0.05, 0)])
def test_what_is_over_soon_and_who_wants_no_word(
    terminal: tuple[int, TextIO], monkeypatch: pytest.MonkeyPatch, seconds: float, verbosity: int
) -> None:
    monkeypatch.setattr(progress, "SECONDS", seconds)
    assert shown(terminal, monkeypatch, told=False, verbosity=verbosity) == ""


def test_each_step_is_told_and_nothing_while_somebody_is_asked(
    terminal: tuple[int, TextIO], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second begins with the first text; a new one takes the place of the last; an empty one ends it."""
    monkeypatch.setattr(progress, "SECONDS", 0.05)
    monkeypatch.setenv("TERM", "xterm")
    watched, stream = terminal
    found = ""

    def until(text: str) -> str:
        nonlocal found
        found = ""
        while text not in found:
            found += os.read(watched, 1000).decode()
        return found

    with progress.progress(BaseCommand(stderr=stream), {"verbosity": 1}) as tell:
        time.sleep(0.2)
        tell("step 1 of 2")
        assert until("step 1 of 2").count("\x1b[32m") == 1  # nothing turned before
        tell("step 2 of 2")
        until("step 2 of 2")
        tell("")
        stream.write("Carry this out?")
        stream.flush()
        assert until("Carry this out?").endswith("\x1b[1A\x1b[2KCarry this out?")
        tell("\x1b[31mverifying")
        assert "\x1b[31m" not in until("verifying")
