"""What came out of all targets: small in memory however many they are, since the documents wait on disk."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from schemaguard import __version__
from schemaguard.fleet.bodies import Bodies, digest
from schemaguard.fleet.examining import Examined, in_its_schema
from schemaguard.report.base import fingerprint
from schemaguard.report.baseline import Baseline, NewBaseline
from schemaguard.report.documents import diagnosis_of
from schemaguard.report.formats.json import FORMAT
from schemaguard.report.many.base import FAILED, Group, Many

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import date

    from schemaguard.diagnosis.model import Diagnosis
    from schemaguard.fleet.targets import Target
    from schemaguard.schema.codes import Level

IN_ORDER = (FAILED, "conflict", "reconcilable", "pending", "in_sync")
"""The groups, the worst first."""


@dataclass(slots=True)
class _Answer:
    """Of one target. `body` is the number of its text; `more` what its text tells beside."""

    database: Mapping[str, Any]
    body: int | None
    group: str
    error: str | None = None
    exit: int | None = None
    """Of a reconcile of this target."""


@dataclass(slots=True)
class Plan:
    """Targets with one plan. `hashes` are those of the plans with the states that they are for, target by target.

    `answers` are what a person answered for them: (key of the choice, answer).
    """

    fingerprint: str
    answers: tuple[tuple[str, str], ...] = ()
    targets: list[Target] = field(default_factory=list)
    hashes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Results:
    """Collects what was examined; every target is answered once, the first time."""

    targets: Sequence[Target]
    of_reconcile: bool = False
    """Whether each document tells what was performed, and the entry of the journal."""
    baseline: Baseline = field(default_factory=Baseline)
    """What is known, and so no part of the exit code."""
    answers: dict[tuple[str, str | None], _Answer] = field(default_factory=dict)
    bodies: Bodies = field(default_factory=Bodies)

    def __post_init__(self) -> None:
        for target in self.targets:
            if target.error is not None:
                database = {"alias": target.alias, "schema": target.schema}
                self.add(Examined(database, None, error=target.error))

    def add(self, examined: Examined, *, anew: bool = False) -> None:
        """`anew`: what was done to a target since, in the place of what it was like before."""
        key = examined.database["alias"], examined.database.get("schema")
        if key in self.answers and not anew:
            return
        if examined.body is None:
            error = examined.error or "no answer"
            plain = re.sub(r"\([^)]*\)", "", error.replace(str(key[1] if key[1] is not None else key[0]), "…"))
            past = self.answers.get(key)
            body, group = (None, digest([FAILED, plain])) if past is None else (past.body, past.group)
            database = examined.database if past is None else past.database
            self.answers[key] = _Answer(database, body, group, error, json.loads(examined.more).get("exit"))
            return
        number = self.bodies.add(examined.body, examined.more)
        done = json.loads(examined.more).get("exit") if anew else None
        self.answers[key] = _Answer(examined.database, number, self.bodies[number].group, exit=done)

    # ------------------------------------------------------------------------------------------------- what is told
    def ordered(self) -> Iterator[tuple[Target, _Answer]]:
        for target in self.targets:
            answer = self.answers.get((target.alias, target.schema))
            if answer is None:
                database = {"alias": target.alias, "schema": target.schema}
                answer = _Answer(database, None, digest([FAILED, "no answer"]), "nobody answered for it")
            yield target, answer

    def exit_code(self, fail_level: Level) -> int:
        """The worst of all."""
        worst = 0
        for target, answer in self.ordered():
            if answer.exit is not None:
                worst = max(worst, answer.exit)
                continue
            if answer.body is None:
                return 2
            level = self.bodies[answer.body].level
            if level is not None and level.rank >= fail_level.rank and not worst:
                known = self._known(target, answer)
                found = self.bodies[answer.body].found
                worst = int(any(each not in known and level.rank >= fail_level.rank for each, level in found))
        return worst

    def _known(self, target: Target, answer: _Answer) -> Mapping[str, str]:
        """fingerprint → date, of its findings that the baseline knows."""
        if answer.body is None or not self.baseline.entries:
            return {}
        own: Mapping[str, str] = {}
        if self.baseline.has_databases and target.schema is None:
            findings = self._diagnosis(answer).findings
            own = {fingerprint("", each): fingerprint(target.alias, each) for each in findings}
        known = {
            each: self.baseline.entry(target.name, (each, own.get(each, "")))
            for each, _ in self.bodies[answer.body].found
        }
        return {each: entry[0].since for each, entry in known.items() if entry is not None}

    def _gone(self) -> int:
        """How many that the baseline knows are in none of the targets that were looked at."""
        if not self.baseline.entries:
            return 0
        there: dict[str, frozenset[str]] = {}
        for target, answer in self.ordered():
            if answer.body is None:
                continue
            found = [each for each, _ in self.bodies[answer.body].found]
            if self.baseline.has_databases and target.schema is None:
                found += [fingerprint(target.alias, each) for each in self._diagnosis(answer).findings]
            there[target.name] = frozenset(found)
        return self.baseline.gone(there)

    def new_baseline(self, today: date) -> str:
        """The file with the findings of today."""
        new = NewBaseline(self.baseline, today)
        for group in self.many().groups:
            if group.example is not None:
                new.add_targets(group.targets, group.example().findings)
        return new.text()

    def alike(self) -> Iterator[tuple[Target, Any]]:
        """Each target that could be looked at, with what is equal where its findings and its plan are."""
        for target, answer in self.ordered():
            if answer.body is not None and answer.error is None:
                yield target, answer.group

    def more(self, target: Target) -> Mapping[str, Any]:
        """What was told of a target beside its document."""
        answer = self.answers[target.alias, target.schema]
        if answer.body is None or answer.error is not None:
            return {}
        found: dict[str, Any] = json.loads(self.bodies.more(answer.body))
        return found

    def plans(
        self, answers: Mapping[Target, tuple[tuple[str, str], ...]] = MappingProxyType({}),
        without: Collection[Target] = (),
    ) -> list[Plan]:  # fmt: skip
        """The targets that have a plan, by the plan and the answers; in the order of the first of each."""
        found: dict[Any, Plan] = {}
        for target, answer in self.ordered():
            if answer.body is not None and self.bodies[answer.body].has_plan and target not in without:
                fingerprint, given = self.bodies[answer.body].plan, answers.get(target, ())
                plan = found.setdefault((fingerprint, given), Plan(fingerprint, given))
                plan.targets.append(target)
                plan.hashes.append(self.bodies[answer.body].plan_hash)
        return list(found.values())

    def diagnosis(self, target: Target) -> Diagnosis:
        """Of a target that has one."""
        return self._diagnosis(self.answers[target.alias, target.schema])

    def _diagnosis(self, answer: _Answer) -> Diagnosis:
        assert answer.body is not None
        document = json.loads(in_its_schema(self.bodies.text(answer.body), answer.database.get("schema")))
        return diagnosis_of({"database": answer.database, **document}, json.loads(self.bodies.more(answer.body)))

    def left(self) -> Mapping[str, Sequence[str]]:
        """Why targets were left as they were by a reconcile → their names."""
        found: dict[str, list[str]] = {}
        for target, answer in self.ordered():
            if answer.error is not None and answer.body is not None:
                found.setdefault(answer.error, []).append(target.name)
        return found

    def findings(self) -> dict[str, Mapping[str, Any]]:
        """fingerprint → a finding with the target that it is of, of every target; the same from run to run."""
        found: dict[str, Mapping[str, Any]] = {}
        for target, answer in self.ordered():
            if answer.body is None:
                continue
            for finding in self._diagnosis(answer).findings:
                value = {"target": target.name, "code": finding.code, "message": finding.message}
                found[fingerprint(target.name, finding)] = value
        return found

    def many(self, *, select: str = "") -> Many:
        """What a report on all of them is made of: groups of those that are alike, the worst first."""
        by_group: dict[tuple[str, frozenset[str]], list[tuple[Target, _Answer]]] = {}
        for target, answer in self.ordered():
            key = answer.group, frozenset(self._known(target, answer))
            by_group.setdefault(key, []).append((target, answer))
        groups = [self._group(group, members) for (group, _), members in by_group.items()]
        groups.sort(key=lambda each: (IN_ORDER.index(each.verdict), -each.count))
        what = "schemas" if all(each.schema is not None for each in self.targets) else "databases"
        return Many(
            groups=tuple(groups), selection=select, what=what, left=self.left(),
            has_baseline=bool(self.baseline.entries), gone=self._gone(),
        )  # fmt: skip

    def _group(self, fingerprint: str, members: Sequence[tuple[Target, _Answer]]) -> Group:
        names = tuple(target.name for target, _ in members)
        target, answer = members[0]
        if answer.body is None:
            return Group(verdict=FAILED, targets=names, fingerprint=fingerprint, error=answer.error)
        known = self._known(target, answer)
        return Group(
            verdict=self.bodies[answer.body].verdict, targets=names, example=lambda: self._diagnosis(answer),
            fingerprint=digest([fingerprint, sorted(known)]) if known else fingerprint, known=known,
        )  # fmt: skip

    def document(self) -> Iterator[str]:
        """The JSON document, in parts: one line a target."""
        head = json.dumps({"format": FORMAT, "schemaguard": __version__})
        yield f'{head[:-1]}, "targets": [\n'
        known = 0
        for number, (target, answer) in enumerate(self.ordered()):
            dates = self._known(target, answer)
            known += len(dates)
            yield ",\n" if number else ""
            yield self._line(answer, dates)
        groups = [
            {"verdict": each.verdict, "count": each.count, "targets": each.targets, "fingerprint": each.fingerprint}
            for each in self.many().groups
        ]
        lines = ",\n".join(json.dumps(each) for each in groups)
        baseline = json.dumps({"known": known, "gone": self._gone()})
        end = f', "baseline": {baseline}' if self.baseline.entries else ""
        yield f'\n], "groups": [\n{lines}\n]{end}}}\n'

    def _line(self, answer: _Answer, known: Mapping[str, str]) -> str:
        database = json.dumps(answer.database)
        if answer.body is None:
            return (
                f'{{"format": {FORMAT}, "schemaguard": {json.dumps(__version__)}, "database": {database}, '
                f'"error": {json.dumps(answer.error)}}}'
            )
        body = in_its_schema(self.bodies.text(answer.body), answer.database.get("schema"))
        if self.baseline.entries:
            value = json.loads(body)
            for finding, (each, _) in zip(value["findings"], self.bodies[answer.body].found, strict=True):
                finding["known_since"] = known.get(each)
            body = json.dumps(value)
        error = f'"error": {json.dumps(answer.error)}, ' if answer.error is not None else ""
        if self.of_reconcile and (answer.exit is None or answer.error is not None):
            error += '"performed": [], "journal": null, '
        return f'{{"database": {database}, {error}{body[1:]}'
