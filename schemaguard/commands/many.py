"""`check` on many databases: parse, call, render."""

from __future__ import annotations

import shlex
import time
from datetime import date
from importlib import import_module
from typing import TYPE_CHECKING, Any

from schemaguard.commands.options import aliases, one_of
from schemaguard.commands.output import write_file
from schemaguard.exceptions import CannotStart
from schemaguard.fleet.engines import ENGINES
from schemaguard.fleet.engines.local import processors
from schemaguard.fleet.results import Results
from schemaguard.fleet.targets import Selection, batches
from schemaguard.report.many import formats

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from django.core.management.base import BaseCommand

    from schemaguard.commands.files import Files
    from schemaguard.commands.output import Output
    from schemaguard.fleet.targets import Target
    from schemaguard.schema.codes import Level

MOST_JOBS = 256
SECONDS = 0.5
"""Between two words about how far it is."""


def check(command: BaseCommand, options: dict[str, Any], files: Files, output: Output, fail_level: Level) -> int:
    """0, 1 or 2: the worst of all targets."""
    results = examine(command, options, files.root)
    results.baseline = files.baseline
    many = results.many(select=selected(options))
    parts = _parts(options["format"], results, options, output, many)
    for name, path in files.reports:
        write_file(path, _parts(name, results, options, None, many))
    if files.new_baseline is not None:
        write_file(files.new_baseline, [results.new_baseline(date.today())])
    output.write_parts(parts)
    return results.exit_code(fail_level)


def engine_of(options: Mapping[str, Any]) -> Any:
    """Raises CannotStart where there is no such engine."""
    return import_module(f"schemaguard.fleet.engines.{one_of('--engine', options['engine'], ENGINES)}")


def examine(command: BaseCommand, options: Mapping[str, Any], root: Path, **more: Any) -> Results:
    """What every target is like. `more` is for the workers."""
    results = Results(Selection(
        aliases=aliases(options), all_databases=options["all_databases"], patterns=options["schema"],
        all_schemas=options["all_schemas"],
    ).targets())  # fmt: skip
    look(command, options, results, results.targets, root, **more)
    return results


def look(
    command: BaseCommand, options: Mapping[str, Any], results: Results, targets: Sequence[Target], root: Path,
    *, anew: bool = False, **more: Any,
) -> None:  # fmt: skip
    """Has these targets examined; `anew`: in the place of what they were like before."""
    engine, jobs = engine_of(options), jobs_of(options["jobs"])
    asked = {
        "app_labels": list(dict.fromkeys(options["app_labels"])),
        "data": bool(options.get("data")),
        "root": str(root),
        **more,
    }
    found = engine.run(list(batches(targets, asked)), asked, jobs)
    for examined in with_progress(command, options, found, results):
        for each in examined:
            results.add(each, anew=anew)


def with_progress(
    command: BaseCommand, options: Mapping[str, Any], found: Iterable[Any], results: Results
) -> Iterator[Any]:
    """Says on stderr how far it is, where somebody looks."""
    stream: Any = command.stderr
    shows = stream.isatty() and options["verbosity"] > 0
    said = time.monotonic()
    for each in found:
        yield each
        if shows and time.monotonic() - said > SECONDS:
            said = time.monotonic()
            stream.write(f"\rschemaguard: {len(results.answers)} of {len(results.targets)} checked", ending="")
            stream.flush()
    if shows:
        stream.write("\r\x1b[K", ending="")


def _parts(name: str, results: Results, options: Mapping[str, Any], output: Output | None, many: Any) -> Iterable[str]:
    if name == "json":
        return results.document()
    console = output.console() if output is not None else None
    return [formats.render(name, many, verbosity=options["verbosity"], console=console)]


def selected(options: Mapping[str, Any]) -> str:
    """The options that select the targets, to be typed again."""
    words = [word for alias in aliases(options) for word in ("--database", alias)]
    words += [word for pattern in options["schema"] for word in ("--schema", pattern)]
    flags = [f"--{name.replace('_', '-')}" for name in ("all_databases", "all_schemas") if options[name]]
    return shlex.join([*words, *flags])


def jobs_of(given: str | int | None) -> int:
    if given is None:
        return processors()
    text = str(given)
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= MOST_JOBS):
        raise CannotStart(f"--jobs {text}: a number from 1 to {MOST_JOBS}")
    return int(text)
