"""Questions to whoever sits at the terminal. They go to stderr, so that a report on stdout stays one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schemaguard.exceptions import Refused
from schemaguard.report.escape import visible
from schemaguard.report.journal import entries_text
from schemaguard.report.plan import hash_line, step_lines
from schemaguard.report.spans import coloured, plain, span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.core.management.base import BaseCommand
    from rich.console import Console

    from schemaguard.diagnosis.model import Diagnosis
    from schemaguard.reconcile.plan.choosing.choices import Choice
    from schemaguard.report.spans import Line

NOBODY = "nobody answered; --noinput carries it out without a question; nothing was changed"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can be asked. All methods raise Refused where standard input has ended."""

    command: BaseCommand
    console: Console | None = None
    """Gives the colours of what is shown, where there are any."""

    def choose(self, choice: Choice) -> str:
        """The name of one of the options: what is typed, or the beginning of it; nothing typed is the default."""
        self.say("")
        self.say(f"{choice.question}.")
        width = max(map(len, choice.names))
        for option in choice.options:
            mark = " (default)" if option.name == choice.default else ""
            self.say(f"  {option.name:<{width}}  {option.consequence}{mark}")
        for_all = f" ({choice.flag} answers all such questions)" if choice.flag is not None else ""
        prompt = f"{'/'.join(choice.names)} [{choice.default}]{for_all}: "
        while True:
            typed = self._answer(prompt).lower()
            found = [choice.default] if not typed else [name for name in choice.names if name.startswith(typed)]
            if typed in choice.names or len(found) == 1:
                return typed if typed in choice.names else found[0]

    def confirm(self, diagnosis: Diagnosis) -> bool:
        """Shows the whole plan with the SQL that it would run, and asks. No answer is no."""
        indent = span("  ")
        lines = [(indent, *line) for step in diagnosis.plan for line in step_lines(step, sql=True)]
        self.show([*lines, hash_line(diagnosis)])
        return self.agrees("Carry this out? [y/N] ")

    def takes_back(self, entries: Sequence[Any]) -> bool:
        """Shows the entries of the journal that an undo takes back, and asks."""
        for line in entries_text(entries).splitlines():
            self.say(line)
        return self.agrees("Take this back? [y/N] ")

    def agrees(self, question: str) -> bool:
        """No answer is no."""
        return self._answer(visible(question)).lower() in ("y", "yes")

    def show(self, lines: list[Line]) -> None:
        text = plain(lines) if self.console is None else coloured(lines, self.console)
        self.command.stderr.write(text, _plain, ending="")

    def say(self, text: str) -> None:
        self.command.stderr.write(visible(text), _plain)

    def _answer(self, prompt: str) -> str:
        self.command.stderr.write(prompt, _plain, ending="")
        self.command.stderr.flush()
        try:
            return input().strip()
        except EOFError:
            raise Refused(NOBODY) from None


def _plain(text: str) -> str:
    return text
