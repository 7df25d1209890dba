"""Findings that were there before: a file that says which, so that a check fails over new ones alone.

In a file about many databases a finding is known by what it is and by the target that it is in. So the same finding in
another target is new. A pattern among the targets of an entry, as `tenant_*`, is written by a person: there the finding
is known in every target with such a name, also in those to come.
"""

from __future__ import annotations

import json
from dataclasses import field
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING, Any

from schemaguard import __version__
from schemaguard.exceptions import CannotStart
from schemaguard.report.base import fingerprint
from schemaguard.schema.values import value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from schemaguard.diagnosis.model import Diagnosis, Finding

FORMAT = 1
DETAILS = ("code", "app", "migration", "table", "name", "message")
PATTERN = frozenset("*?")


@value(frozen=True, kw_only=True, slots=True)
class Entry:
    """One finding that is known. `targets`: in which of many; None: in one database, whose alias is in the fingerprint.

    `written` is the entry as the file has it.
    """

    fingerprint: str
    since: str
    targets: tuple[str, ...] | None = None
    database: str | None = None
    written: Mapping[str, Any] = field(default_factory=dict, compare=False)
    names: frozenset[str] = frozenset()
    patterns: tuple[str, ...] = ()

    def place_of(self, target: str) -> str | None:
        """The name or the pattern by which it is known in this target."""
        if target in self.names:
            return target
        return next((each for each in self.patterns if fnmatchcase(target, each)), None)


class Baseline:
    """What is known, of whatever databases."""

    def __init__(self, entries: Sequence[Entry] = ()) -> None:
        self.entries = entries

    @cached_property
    def _by_fingerprint(self) -> Mapping[str, list[Entry]]:
        found: dict[str, list[Entry]] = {}
        for each in self.entries:
            found.setdefault(each.fingerprint, []).append(each)
        return found

    @cached_property
    def has_databases(self) -> bool:
        """Whether something is known of a database that was looked at alone."""
        return any(each.targets is None for each in self.entries)

    def of_database(self, alias: str) -> Mapping[str, str]:
        """fingerprint → the date, of what is known in one database."""
        return {each.fingerprint: each.since for each in self.entries if _is_of(each, alias)}

    def entry(self, target: str, findings: Sequence[str]) -> tuple[Entry, str | None] | None:
        """The entry by which a finding is known in a target, with the name or pattern; None where it is new.

        `findings`: its fingerprint, and the one that it has where its database is looked at alone.
        """
        for each in findings:
            for entry in self._by_fingerprint.get(each, ()):
                place = entry.place_of(target)
                if place is not None or (entry.targets is None and entry.database in (None, target)):
                    return entry, place
        return None

    def gone(self, found: Mapping[str, frozenset[str]]) -> int:
        """How many findings are known in targets that were looked at, and are not there. `found`: target → those there.

        A finding that is known by a pattern is gone where no such target has it.
        """
        return sum(_gone_from(entry, found) for entry in self.entries)


def _is_of(entry: Entry, alias: str) -> bool:
    if entry.targets is None:
        return entry.database in (None, alias)
    return entry.place_of(alias) is not None


def _gone_from(entry: Entry, found: Mapping[str, frozenset[str]]) -> int:
    if entry.targets is None:
        there = found.get(entry.database or "")
        return int(there is not None and entry.fingerprint not in there)
    gone = sum(each in found and entry.fingerprint not in found[each] for each in entry.targets)
    for pattern in (each for each in entry.patterns if each not in found):
        fitting = [there for target, there in found.items() if fnmatchcase(target, pattern)]
        gone += bool(fitting) and not any(entry.fingerprint in there for there in fitting)
    return gone


def read_baseline(path: Path) -> Baseline:
    """Raises CannotStart where the file is none, or cannot be read."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CannotStart(f"cannot read the baseline {path}: {(error.strerror or str(error)).lower()}") from error
    except ValueError as error:
        raise CannotStart(f"{path} is no baseline: {error}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise CannotStart(
            f"{path} is no baseline of this version; schemaguard check --write-baseline {path} writes one"
        )
    try:
        return Baseline([_read(each) for each in document["findings"]])
    except (KeyError, TypeError, AttributeError):
        raise CannotStart(f"{path} is no baseline: an entry of it has no fingerprint or no date") from None


def _read(written: Mapping[str, Any]) -> Entry:
    targets = written.get("targets")
    if targets is not None and not (isinstance(targets, list) and all(isinstance(each, str) for each in targets)):
        raise TypeError
    return Entry(
        fingerprint=written["fingerprint"], since=str(written["since"]), database=written.get("database"),
        targets=None if targets is None else tuple(targets), written=written, names=frozenset(targets or ()),
        patterns=tuple(each for each in targets or () if PATTERN & set(each)),
    )  # fmt: skip


class NewBaseline:
    """Collects the findings of today. What `past` knew keeps its date, and what was not looked at is kept."""

    def __init__(self, past: Baseline, today: date) -> None:
        self.past = past
        self.today = today.isoformat()
        self._found: dict[tuple[str, str], tuple[Finding, dict[str, None]]] = {}
        self._databases: list[dict[str, Any]] = []
        self._looked_at: set[str] = set()

    def add_database(self, diagnosis: Diagnosis) -> None:
        """One that was looked at alone."""
        alias = diagnosis.database.alias
        self._looked_at.add(alias)
        known = self.past.of_database(alias)
        for finding in diagnosis.findings:
            own = fingerprint(alias, finding)
            since = known.get(own) or known.get(fingerprint("", finding)) or self.today
            told = {name: getattr(finding, name) for name in DETAILS}
            self._databases.append({"fingerprint": own, "since": since, "database": alias, **told})

    def add_targets(self, targets: Sequence[str], findings: Iterable[Finding]) -> None:
        """Of many, those in which the same was found."""
        self._looked_at.update(targets)
        for finding in findings:
            shared = fingerprint("", finding)
            for target in targets:
                known = self.past.entry(target, (shared, fingerprint(target, finding)))
                since, place = (self.today, None) if known is None else (known[0].since, known[1])
                _, places = self._found.setdefault((shared, since), (finding, {}))
                places[place or target] = None

    def text(self) -> str:
        """The file."""
        kept = list(self._not_looked_at())
        entries = [*self._databases, *self._of_many(), *kept]
        entries.sort(key=lambda each: (each.get("code") or "", each["fingerprint"], each["since"]))
        return json.dumps({"format": FORMAT, "schemaguard": __version__, "findings": entries}, indent=2) + "\n"

    def _of_many(self) -> Iterator[dict[str, Any]]:
        for (shared, since), (finding, places) in self._found.items():
            told = {name: getattr(finding, name) for name in DETAILS}
            yield {"fingerprint": shared, "since": since, "targets": sorted(places), **told}

    def _not_looked_at(self) -> Iterator[Mapping[str, Any]]:
        """Entries of other databases; and of other targets, what is left of an entry without those of today."""
        for entry in self.past.entries:
            if entry.targets is None:
                if entry.database is not None and entry.database not in self._looked_at:
                    yield entry.written
                continue
            told = self._found.get((entry.fingerprint, entry.since))
            if told is not None:
                told[1].update(dict.fromkeys(each for each in entry.targets if self._stays(each)))
                continue
            left = [each for each in entry.targets if self._stays(each)]
            if left:
                yield {**entry.written, "targets": left}

    def _stays(self, place: str) -> bool:
        """A name of none that was looked at, or a pattern that fits none of these."""
        if PATTERN & set(place):
            return not any(fnmatchcase(each, place) for each in self._looked_at)
        return place not in self._looked_at
