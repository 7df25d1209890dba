"""A word on stderr about what takes longer than a second; nothing where nobody looks."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.core.management.base import BaseCommand

SECONDS = 1.0


@contextmanager
def progress(command: BaseCommand, options: dict[str, Any], text: str) -> Iterator[None]:
    """Shows `text` with a spinner while the block runs, from its second second on, where stderr is a terminal."""
    stream: Any = command.stderr
    if not stream.isatty() or options["verbosity"] < 1:
        yield
        return
    shown: list[Any] = []
    lock = threading.Lock()
    over = False

    def show() -> None:
        from rich.console import Console
        from rich.text import Text

        with lock:
            if not over:  # pragma: no branch - a race: the timer has fired, and the block is over at once
                status = Console(file=stream._out, no_color=bool(options.get("no_color"))).status(Text(text))
                status.start()
                shown.append(status)

    timer = threading.Timer(SECONDS, show)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        with lock:
            over = True
        for status in shown:
            status.stop()
