"""What came out of all targets: small in memory however many they are, since the documents wait on disk."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from schemaguard import __version__
from schemaguard.fleet.examining import Examined, in_its_schema
from schemaguard.report.base import fingerprint
from schemaguard.report.documents import diagnosis_of
from schemaguard.report.json import FORMAT
from schemaguard.report.many import Group, Many
from schemaguard.schema.kinds import Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from schemaguard.diagnosis.model import Diagnosis
    from schemaguard.fleet.targets import Target

FAILED = "failed"
IN_ORDER = (FAILED, "conflict", "reconcilable", "pending", "in_sync")
"""The groups, the worst first."""
SAME = ("code", "kind", "problem", "table", "name", "columns", "app", "migration", "expected", "actual", "level")
"""By what two findings are one. The wording and the line numbers are not."""


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
class _Body:
    """A text on disk that one or many targets share."""

    start: int
    length: int
    more: str
    group: str
    verdict: str
    level: Level | None
    plan: str
    """The digest of the plan."""
    has_plan: bool
    plan_hash: str


@dataclass(slots=True)
class Plan:
    """Targets with one plan. `hashes` are those of the plans with the states that they are for, target by target."""

    fingerprint: str
    targets: list[Target] = field(default_factory=list)
    hashes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Results:
    """Collects what was examined; every target is answered once, the first time."""

    targets: Sequence[Target]
    of_reconcile: bool = False
    """Whether each document tells what was performed, and the entry of the journal."""
    answers: dict[tuple[str, str | None], _Answer] = field(default_factory=dict)
    _bodies: list[_Body] = field(default_factory=list)
    _numbers: dict[bytes, int] = field(default_factory=dict)
    _file: IO[bytes] = field(default_factory=tempfile.TemporaryFile)

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
            body, group = (None, _digest([FAILED, plain])) if past is None else (past.body, past.group)
            database = examined.database if past is None else past.database
            self.answers[key] = _Answer(database, body, group, error, json.loads(examined.more).get("exit"))
            return
        number = self._number(examined.body, examined.more)
        done = json.loads(examined.more).get("exit") if anew else None
        self.answers[key] = _Answer(examined.database, number, self._bodies[number].group, exit=done)

    def _number(self, text: str, more: str) -> int:
        digest = hashlib.sha256(text.encode() + more.encode()).digest()
        number = self._numbers.get(digest)
        if number is None:
            data = text.encode()
            self._file.seek(0, 2)
            start = self._file.tell()
            self._file.write(data)
            number = self._numbers[digest] = len(self._bodies)
            self._bodies.append(_summary(json.loads(text), start, len(data), more))
        return number

    def _text(self, number: int) -> str:
        body = self._bodies[number]
        self._file.seek(body.start)
        return self._file.read(body.length).decode()

    # ------------------------------------------------------------------------------------------------- what is told
    def ordered(self) -> Iterator[tuple[Target, _Answer]]:
        for target in self.targets:
            answer = self.answers.get((target.alias, target.schema))
            if answer is None:
                database = {"alias": target.alias, "schema": target.schema}
                answer = _Answer(database, None, _digest([FAILED, "no answer"]), "nobody answered for it")
            yield target, answer

    def exit_code(self, fail_level: Level) -> int:
        """The worst of all."""
        worst = 0
        for _, answer in self.ordered():
            if answer.exit is not None:
                worst = max(worst, answer.exit)
                continue
            if answer.body is None:
                return 2
            level = self._bodies[answer.body].level
            worst = max(worst, int(level is not None and level.rank >= fail_level.rank))
        return worst

    def plans(self) -> list[Plan]:
        """The targets that have a plan, by the plan; in the order of the first of each."""
        found: dict[str, Plan] = {}
        for target, answer in self.ordered():
            if answer.body is not None and self._bodies[answer.body].has_plan:
                fingerprint = self._bodies[answer.body].plan
                plan = found.setdefault(fingerprint, Plan(fingerprint))
                plan.targets.append(target)
                plan.hashes.append(self._bodies[answer.body].plan_hash)
        return list(found.values())

    def diagnosis(self, target: Target) -> Diagnosis:
        """Of a target that has one."""
        return self._diagnosis(self.answers[target.alias, target.schema])

    def _diagnosis(self, answer: _Answer) -> Diagnosis:
        assert answer.body is not None
        document = json.loads(in_its_schema(self._text(answer.body), answer.database.get("schema")))
        return diagnosis_of({"database": answer.database, **document}, json.loads(self._bodies[answer.body].more))

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
        by_group: dict[str, list[tuple[Target, _Answer]]] = {}
        for target, answer in self.ordered():
            by_group.setdefault(answer.group, []).append((target, answer))
        groups = [self._group(fingerprint, members) for fingerprint, members in by_group.items()]
        groups.sort(key=lambda each: (IN_ORDER.index(each.verdict), -each.count))
        what = "schemas" if all(each.schema is not None for each in self.targets) else "databases"
        return Many(groups=tuple(groups), selection=select, what=what, left=self.left())

    def _group(self, fingerprint: str, members: Sequence[tuple[Target, _Answer]]) -> Group:
        names = tuple(target.name for target, _ in members)
        _, answer = members[0]
        if answer.body is None:
            return Group(verdict=FAILED, targets=names, fingerprint=fingerprint, error=answer.error)
        body = self._bodies[answer.body]

        return Group(
            verdict=body.verdict, targets=names, fingerprint=fingerprint, example=lambda: self._diagnosis(answer),
            vendors=tuple(sorted({str(each.database.get("vendor")) for _, each in members})),
        )  # fmt: skip

    def document(self) -> Iterator[str]:
        """The JSON document, in parts: one line a target."""
        head = json.dumps({"format": FORMAT, "schemaguard": __version__})
        yield f'{head[:-1]}, "targets": [\n'
        for number, (_, answer) in enumerate(self.ordered()):
            yield ",\n" if number else ""
            yield self._line(answer)
        groups = [
            {"verdict": each.verdict, "count": each.count, "targets": each.targets, "fingerprint": each.fingerprint}
            for each in self.many().groups
        ]
        lines = ",\n".join(json.dumps(each) for each in groups)
        yield f'\n], "groups": [\n{lines}\n]}}\n'

    def _line(self, answer: _Answer) -> str:
        database = json.dumps(answer.database)
        if answer.body is None:
            return (
                f'{{"format": {FORMAT}, "schemaguard": {json.dumps(__version__)}, "database": {database}, '
                f'"error": {json.dumps(answer.error)}}}'
            )
        body = in_its_schema(self._text(answer.body), answer.database.get("schema"))
        error = f'"error": {json.dumps(answer.error)}, ' if answer.error is not None else ""
        if self.of_reconcile and (answer.exit is None or answer.error is not None):
            error += '"performed": [], "journal": null, '
        return f'{{"database": {database}, {error}{body[1:]}'


def _summary(document: Mapping[str, Any], start: int, length: int, more: str) -> _Body:
    levels = [Level(each["level"]) for each in document["findings"]]
    level = max(levels, key=lambda each: each.rank) if levels else None
    plan = json.dumps([{**step, "hazards": []} for step in document["plan"]], sort_keys=True)
    different = [
        document["verdict"],
        [[finding[name] for name in SAME] for finding in document["findings"]],
        [
            [each["app"], each["name"], each["recorded"], each["state"],
             [op["index"] for op in each["operations"] if op["state"] != "done"]]
            for each in document["migrations"]
            if each["state"] != "applied"
        ],
        plan,
    ]  # fmt: skip
    return _Body(
        start,
        length,
        more,
        _digest(different),
        document["verdict"],
        level,
        _digest(plan),
        bool(document["plan"]),
        document["plan_hash"],
    )


def _digest(value: Any) -> str:
    return f"sha256:{hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()}"
