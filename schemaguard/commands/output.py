"""Where a report goes: to standard output, or into a file, whole or not at all."""

from __future__ import annotations

import io
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.color import supports_color

from schemaguard.commands.descriptor import real_file
from schemaguard.exceptions import CannotStart, Refused
from schemaguard.report.picture import IN_ASCII

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.core.management.base import BaseCommand
    from rich.console import Console


class Output:
    """Made before the work is: raises CannotStart at once where the file could not be written afterwards."""

    def __init__(self, command: BaseCommand, options: dict[str, Any]) -> None:
        self.command = command
        self.stream: Any = command.stdout
        self.no_color = bool(options.get("no_color"))
        self.force_color = bool(options.get("force_color"))
        file = options.get("output")  # `check` alone has that option
        self.path = writable(file) if file is not None else None
        if self.path is None and self._wrapped() is None:  # Python's own answer to `>&-`
            raise CannotStart("cannot write the report: standard output is closed")

    def console(self) -> Console | None:
        """A console where the text may have colours, that is on a terminal unless somebody said no; else None."""
        return None if self.path is not None else self._console_of(self.stream)

    def console_of_questions(self) -> Console | None:
        """The same for standard error, where people are asked."""
        return self._console_of(self.command.stderr)

    def _console_of(self, stream: Any) -> Console | None:
        if self.no_color or (not self.force_color and not (stream.isatty() and supports_color())):
            return None
        from rich.console import Console

        # Into nothing: what it renders is captured, and written here like any other text.
        return Console(file=io.StringIO(), force_terminal=True, highlight=False, legacy_windows=False)

    def _encoding(self) -> str | None:
        found: str | None = getattr(self._wrapped(), "encoding", None)
        return found

    def _wrapped(self) -> Any:
        """The stream that Django wraps: until 5.0 the wrapper itself is a TextIOBase, with `encoding` None."""
        return getattr(self.stream, "_out", self.stream)

    def write(self, text: str, *, done: int | None = None) -> None:
        """Raises CannotStart where it cannot be written; a reader who went away (`| head`) is none.

        `done`: the journal's entry of what the report is about. That is committed, and Refused is raised.
        """
        try:
            self._write(text)
        except CannotStart as error:
            if done is None:
                raise
            raise Refused(f"{error}; what it is about is done: manage.py schemaguard show {done}") from error

    def write_parts(self, parts: Iterable[str]) -> None:
        """A text that is too long to have it whole. Raises CannotStart where it cannot be written."""
        if self.path is not None:
            write_file(self.path, parts)
            return
        for part in parts:
            if not self._put(part):
                return

    def _write(self, text: str) -> None:
        text = text if text.endswith("\n") else f"{text}\n"
        if self.path is not None:
            write_file(self.path, [text])
            return
        self._put(text)

    def _put(self, text: str) -> bool:
        """False where nobody reads it any more."""
        try:
            self.stream.write(_fit(text, self._encoding()), ending="")
            self.stream.flush()
        except BrokenPipeError:
            self._give_up()
            return False
        except OSError as error:
            self._give_up()
            raise CannotStart(f"cannot write the report: {error.strerror}") from error
        return True

    def _give_up(self) -> None:
        """Else Python tries again as it ends, and complains."""
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._wrapped().fileno())


def _fit(text: str, encoding: str | None) -> str:
    """The text in characters that the stream can take."""
    if not encoding or encoding.lower().replace("-", "") == "utf8":
        return text
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.translate(IN_ASCII).encode(encoding, "backslashreplace").decode(encoding)
    return text


def writable(file: str) -> Path:
    """The path of a file that can be written once the work is done. Raises CannotStart at once where it cannot."""
    file = real_file(file)
    end = os.path.realpath(file)  # through symbolic links: it is the file at their end that is replaced
    path = Path(file if os.path.exists(file) and not os.path.exists(end) else end)  # a pipe has no name
    if path.is_dir():
        raise CannotStart(f"cannot write {path}: it is a directory")
    if path.exists() and not os.access(path, os.W_OK):
        raise CannotStart(f"cannot write {path}: permission denied")
    if not path.exists() or path.is_file():
        try:
            with tempfile.TemporaryFile(dir=path.parent):
                pass
        except OSError as error:
            raise _cannot_write(path, error) from error
    return path


def write_file(path: Path, parts: Iterable[str]) -> None:
    """The whole text, which comes in parts, or nothing. Raises CannotStart where it cannot be written."""
    try:
        if path.exists() and not path.is_file():  # a pipe, or /dev/stdout
            with path.open("w", encoding="utf-8") as file:
                file.writelines(parts)
            return
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.writelines(parts)
            temporary.chmod(mode)
            temporary.replace(path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
    except OSError as error:
        raise _cannot_write(path, error) from error


def _cannot_write(path: Path, error: OSError) -> CannotStart:
    return CannotStart(f"cannot write {path}: {(error.strerror or str(error)).lower()}")


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
