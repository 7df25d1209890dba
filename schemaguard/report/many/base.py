"""What a report on many databases is made from: groups of those in which the same is different."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from schemaguard.diagnosis.model import State, Verdict
from schemaguard.report.base import Told, fingerprint
from schemaguard.schema.values import value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from schemaguard.diagnosis.model import Diagnosis, Finding

FAILED = "failed"
FEW = 6
"""So many names of a group are shown; all of them with --verbosity 2, or in the JSON document."""
MOST_GROUPS = 25
"""So many groups are shown with what is different in them."""
SAME = ("code", "kind", "problem", "table", "name", "columns", "app", "migration", "expected", "actual", "level")
"""By what two findings are one. The wording and the line numbers are not."""


@value(frozen=True, kw_only=True, slots=True)
class Group:
    """Targets in which the same is different, and the same of that is known.

    `example` makes the diagnosis of the first; `error` says why there is none. `known` is what a baseline knows of it:
    fingerprint → date.
    """

    verdict: str
    targets: Sequence[str]
    fingerprint: str
    example: Callable[[], Diagnosis] | None = None
    error: str | None = None
    known: Mapping[str, str] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return len(self.targets)

    def known_since(self, finding: Finding) -> str | None:
        """The date of a finding in the baseline. None where it is new."""
        return self.known.get(fingerprint("", finding)) if self.known else None


@dataclass
class Spread:
    """One finding, in all the targets that have it."""

    finding: Finding
    new: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    since: str | None = None
    """The earliest date of those that are known."""


@dataclass(frozen=True)
class Many:
    """The groups of all targets, the worst first; `what` these are called.

    `selection` are the options that select them. `gone` counts what a baseline knows and nobody finds any more.
    """

    groups: Sequence[Group]
    selection: str = ""
    what: str = "databases"
    left: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Why a reconcile left some as they were → their names."""
    has_baseline: bool = False
    gone: int = 0

    @cached_property
    def count(self) -> int:
        return sum(each.count for each in self.groups)

    @property
    def name(self) -> str:
        return f"{self.count:,} {self.what if self.count != 1 else self.what.removesuffix('s')}"

    @property
    def summary(self) -> Iterator[tuple[str, int, int]]:
        """(verdict, number of targets, number of ways in which they are different), the best first."""
        targets: Counter[str] = Counter()
        ways: Counter[str] = Counter()
        for each in self.groups:
            targets[each.verdict] += each.count
            ways[each.verdict] += 1
        for verdict in (*(each.value for each in Verdict), FAILED):
            if targets[verdict]:
                yield verdict, targets[verdict], ways[verdict]

    @property
    def not_checked(self) -> Sequence[tuple[str, Sequence[str]]]:
        """Why some could not be checked, with their names."""
        return [(each.error or "", each.targets) for each in self.groups if each.verdict == FAILED]

    @cached_property
    def told(self) -> Sequence[Told]:
        """Every finding once, however many have it: what is new first, the worst of that first."""
        return [self._told(each) for each in self.spreads]

    @property
    def spreads(self) -> Sequence[Spread]:
        """Every finding once, with the targets that have it."""
        return self._walked[0]

    @property
    def migrations(self) -> Mapping[tuple[str, str], tuple[str | None, Mapping[State, int]]]:
        """(app, name) → its file, and the number of targets in each state of it."""
        return self._walked[1]

    @cached_property
    def _walked(self) -> tuple[
        Sequence[Spread], Mapping[tuple[str, str], tuple[str | None, Counter[State]]]
    ]:  # fmt: skip
        spreads: dict[tuple[object, ...], Spread] = {}
        migrations: dict[tuple[str, str], tuple[str | None, Counter[State]]] = {}
        for group in self.groups:
            diagnosis = group.example() if group.example is not None else None
            if diagnosis is None:
                continue
            for each in diagnosis.migrations:
                migrations.setdefault(each.key, (each.file, Counter()))[1][each.state] += group.count
            for finding in diagnosis.findings:
                key = tuple(getattr(finding, name) for name in SAME)
                spread = spreads.setdefault(key, Spread(finding))
                since = group.known_since(finding)
                (spread.new if since is None else spread.known).extend(group.targets)
                spread.since = min(filter(None, (spread.since, since)), default=None)
        found = sorted(
            spreads.values(), key=lambda each: (not each.new, -each.finding.level.rank, -len(each.new or each.known))
        )
        return found, migrations

    def _told(self, spread: Spread) -> Told:
        parts = [repr(getattr(spread.finding, name)) for name in SAME]
        where = f"in {self.names(sorted(spread.new or spread.known))}"
        if spread.new and spread.known:
            where += f"; known in {len(spread.known):,} more"
        return Told(
            finding=spread.finding, where=where, since=None if spread.new else spread.since,
            fingerprint=hashlib.sha256("".join(parts).encode()).hexdigest(),
        )  # fmt: skip

    def names(self, targets: Sequence[str]) -> str:
        """`all 1,000 schemas`, or `812 of 1,000 schemas: tenant_1, tenant_2 and 810 more`."""
        if len(targets) == self.count:
            return f"all {self.count:,} {self.what}" if self.count > 1 else targets[0]
        return f"{len(targets):,} of {self.count:,} {self.what}: {few(targets)}"


def few(targets: Sequence[str]) -> str:
    """Some of the names, and how many more there are."""
    return "".join(shortened(targets))


def shortened(targets: Sequence[str]) -> tuple[str, str]:
    """Some of the names, and in words how many more there are; nothing where these are all."""
    shown = targets if len(targets) <= FEW + 1 else targets[:FEW]
    left = len(targets) - len(shown)
    return ", ".join(shown), f" and {left:,} more" if left else ""
