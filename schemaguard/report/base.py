"""What a report is made from: a diagnosis, the repository that it is about, and what was known before."""

from __future__ import annotations

import hashlib
import os
from dataclasses import field, replace
from functools import lru_cache
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from schemaguard.diagnosis.model_sources import ModelSources
from schemaguard.report.escape import visible
from schemaguard.schema.values import value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from schemaguard.diagnosis.model import Diagnosis, Finding

DOCUMENTATION = "https://django-schemaguard.readthedocs.io/en/latest"
FINGERPRINT = ("code", "app", "migration", "table", "name", "columns")
"""What a finding is the same by: neither its wording nor a line number, which move without anything having changed."""


@value(frozen=True, kw_only=True, slots=True)
class Told:
    """A finding as a report for machines tells it.

    `since` is its date in the baseline, None where it is new. `where` says in which of many databases it is.
    """

    finding: Finding
    fingerprint: str
    since: str | None = None
    where: str = ""

    @property
    def message(self) -> str:
        """In one line; what comes from outside cannot harm the reader."""
        return visible(self.finding.message) + (f" ({visible(self.where)})" if self.where else "")


@value(frozen=True, kw_only=True, slots=True)
class Report:
    """A diagnosis whose paths are relative to `root`, with `/`; a file outside of it stays absolute.

    `known` is what a baseline holds: fingerprint → the date on which the finding was written down. `gone` counts the
    findings of the baseline that nobody finds any more.
    """

    diagnosis: Diagnosis
    root: Path
    known: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    gone: int = 0

    def fingerprint(self, finding: Finding) -> str:
        """64 hexadecimal digits; the same from run to run, and another for every database of the settings."""
        return fingerprint(self.diagnosis.database.alias, finding)

    def known_since(self, finding: Finding) -> str | None:
        """The date of a finding in the baseline. None where it is new."""
        if not self.known:
            return None
        return self.known.get(self.fingerprint(finding)) or self.known.get(fingerprint("", finding))

    @property
    def told(self) -> Sequence[Told]:
        """The findings, the worst first."""
        return [
            Told(finding=each, fingerprint=self.fingerprint(each), since=self.known_since(each))
            for each in self.diagnosis.findings
        ]

    @property
    def name(self) -> str:
        """What it is about."""
        return self.diagnosis.database.alias

    @property
    def has_baseline(self) -> bool:
        return bool(self.known)

    @property
    def not_checked(self) -> Sequence[tuple[str, Sequence[str]]]:
        """Of many databases, why some could not be checked, with their names."""
        return ()


def is_inside(file: str | None) -> bool:
    """Whether a path lies in the repository, so that a reader of the repository can open it."""
    return file is not None and not PurePath(file).is_absolute()


def fingerprint(alias: str, finding: Finding) -> str:
    """Of one database; with an empty alias that which it has in all of many."""
    return _digest([alias, *(getattr(finding, name) for name in FINGERPRINT)])


def fingerprint_of(alias: str, finding: Mapping[str, Any]) -> str:
    """The same, of a finding as the JSON document has it."""
    columns = finding["columns"]
    values = {**finding, "columns": tuple(columns) if columns is not None else None}
    return _digest([alias, *(values[name] for name in FINGERPRINT)])


def _digest(parts: Sequence[Any]) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def report(diagnosis: Diagnosis, root: Path, known: Mapping[str, str] | None = None) -> Report:
    """The report on a diagnosis; a finding without a file points at its model's."""
    placed = replace(
        diagnosis,
        findings=tuple(_placed(diagnosis, root)),
        migrations=tuple(replace(each, file=_relative(each.file, root)) for each in diagnosis.migrations),
    )
    alias = diagnosis.database.alias
    there = {fingerprint(name, each) for each in diagnosis.findings for name in ((alias, "") if known else ())}
    baseline = dict(known or {})
    gone = sum(each not in there for each in baseline)
    return Report(diagnosis=placed, root=root, known=MappingProxyType(baseline), gone=gone)


def repository_of(start: Path) -> Path:
    """The nearest folder with `.git`, from `start` upwards; `start` itself where there is none."""
    start = start.resolve()
    return next((each for each in (start, *start.parents) if (each / ".git").exists()), start)


def help_of(code: str) -> str:
    """The page that explains a code."""
    return f"{DOCUMENTATION}/findings.html#{code.lower()}"


def _placed(diagnosis: Diagnosis, root: Path) -> Iterator[Finding]:
    models: ModelSources | None = None
    for finding in diagnosis.findings:
        file, line = finding.file, finding.line
        if file is None and finding.table is not None:
            models = models or ModelSources(diagnosis.database.name_bytes)
            file, line = models.of(finding.table)
        yield replace(finding, file=_relative(file, root), line=line)


def _relative(file: str | None, root: Path) -> str | None:
    if file is None:
        return None
    name = file.rpartition(os.sep)[2]
    return _way(root, Path.cwd(), file.removesuffix(name)) + name


@lru_cache(maxsize=1024)
def _way(root: Path, start: Path, folder: str) -> str:
    """What to write before the name of a file: the files of an app have it in common. `start`: the working directory"""
    path = start / folder
    found = path.relative_to(root) if path.is_relative_to(root) else path
    return (found / "_").as_posix()[:-1]
