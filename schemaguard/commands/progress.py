"""A word on stderr about what takes longer than a second; nothing where nobody looks."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from schemaguard.report.escape import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.core.management.base import BaseCommand

SECONDS = 1.0


@contextmanager
def progress(command: BaseCommand, options: dict[str, Any], text: str = "") -> Iterator[Callable[[str], None]]:
    """Shows `text` with a spinner while the block runs, from its second second on, where stderr is a terminal.

    What the block is given takes another text. Without `text`, the second begins with the first one: nothing turns
    while a person is asked something. An empty text takes it away again.
    """
    stream: Any = command.stderr
    if not stream.isatty() or options["verbosity"] < 1:
        yield lambda _text: None
        return
    spinner = _Spinner(stream._out, no_color=bool(options.get("no_color")))
    spinner.tell(text)
    try:
        yield spinner.tell
    finally:
        spinner.tell("")


class _Spinner:
    def __init__(self, stream: Any, *, no_color: bool) -> None:
        self.stream = stream
        self.no_color = no_color
        self.text = ""
        self.timer: threading.Timer | None = None
        self.shown: Any = None
        self.lock = threading.Lock()

    def tell(self, text: str) -> None:
        """Shows the text, at once where something is shown already. An empty one ends it."""
        with self.lock:
            self.text = visible(text)
            if self.shown is not None and text:
                self.shown.update(self._spinner())
            elif self.shown is not None:
                self.shown.stop()
                self.shown = None
        if not text and self.timer is not None:
            self.timer.cancel()
            self.timer = None
        elif text and self.timer is None:
            self.timer = threading.Timer(SECONDS, self._show)
            self.timer.daemon = True
            self.timer.start()

    def _show(self) -> None:
        from rich.console import Console
        from rich.live import Live

        with self.lock:
            if self.text:  # pragma: no branch - a race: the timer has fired, and the block is over at once
                console = Console(file=self.stream, no_color=self.no_color)
                # Not rich's Status: that takes sys.stdout over, and what code of a migration prints is not ours.
                self.shown = Live(
                    self._spinner(), console=console, transient=True, redirect_stdout=False, redirect_stderr=False
                )
                self.shown.start()

    def _spinner(self) -> Any:
        from rich.spinner import Spinner
        from rich.text import Text

        return Spinner("dots", Text(self.text, overflow="ellipsis", no_wrap=True), style="status.spinner", speed=1)
