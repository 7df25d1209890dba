"""The files that a check reads and writes beside its report: further reports, and the baseline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemaguard.commands.options import one_of
from schemaguard.commands.output import writable, write_file
from schemaguard.exceptions import CannotStart
from schemaguard.report import FORMATS, render
from schemaguard.report.base import Report, report, repository_of
from schemaguard.report.baseline import Baseline, NewBaseline, read_baseline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schemaguard.diagnosis.model import Diagnosis


@dataclass(frozen=True, kw_only=True, slots=True)
class Files:
    """Made before the work is, so that what cannot be read or written is refused at once."""

    root: Path
    reports: Sequence[tuple[str, Path]]
    baseline: Baseline
    new_baseline: Path | None

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Files:
        """From the options of the command. Raises CannotStart."""
        baseline, new_baseline = options["baseline"], options["write_baseline"]
        return cls(
            root=_root(options["root"]),
            reports=[_asked(each) for each in options["report"]],
            baseline=read_baseline(Path(baseline)) if baseline is not None else Baseline(),
            new_baseline=writable(new_baseline) if new_baseline is not None else None,
        )

    def report(self, diagnosis: Diagnosis) -> Report:
        return report(diagnosis, self.root, self.baseline.of_database(diagnosis.database.alias))

    def write(self, found: Report) -> None:
        """Raises CannotStart where a file cannot be written after all."""
        for name, path in self.reports:
            write_file(path, [render(name, found)])
        if self.new_baseline is not None:
            new = NewBaseline(self.baseline, date.today())
            new.add_database(found.diagnosis)
            write_file(self.new_baseline, [new.text()])


def _asked(text: str) -> tuple[str, Path]:
    name, separator, file = text.partition("=")
    if not separator or not file:
        raise CannotStart(f"--report {text!r}: give it as FORMAT=FILE, for example --report sarif=schemaguard.sarif")
    return one_of("--report", name, FORMATS), writable(file)


def _root(given: str | None) -> Path:
    if given is None:
        return repository_of(Path.cwd())
    path = Path(given).resolve()
    if not path.is_dir():
        raise CannotStart(f"--root {given}: there is no such folder")
    return path
