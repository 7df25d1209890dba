"""The documents of the targets: on disk, each text once, with what is asked of it in memory."""

from __future__ import annotations

import hashlib
import json
import tempfile
from dataclasses import dataclass, field
from sys import intern
from typing import IO, TYPE_CHECKING, Any

from schemaguard.report.base import fingerprint_of
from schemaguard.report.many.base import SAME
from schemaguard.schema.codes import Level

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(slots=True)
class Body:
    """A text that one or many targets share."""

    start: int
    length: int
    more_length: int
    group: str
    """The digest of what is different."""
    verdict: str
    found: tuple[tuple[str, Level], ...]
    """The fingerprint and the level of each finding."""
    plan: str
    """The digest of the plan."""
    has_plan: bool
    plan_hash: str

    @property
    def level(self) -> Level | None:
        """The worst."""
        return max((level for _, level in self.found), key=lambda each: each.rank, default=None)


@dataclass(slots=True)
class Bodies:
    """By their numbers."""

    _bodies: list[Body] = field(default_factory=list)
    _numbers: dict[bytes, int] = field(default_factory=dict)
    _file: IO[bytes] = field(default_factory=tempfile.TemporaryFile)

    def __getitem__(self, number: int) -> Body:
        return self._bodies[number]

    def add(self, text: str, more: str) -> int:
        """The number of a document, without its database, and of what a text tells beside it."""
        data, beside = text.encode(), more.encode()
        key = hashlib.sha256(data + b"\0" + beside).digest()
        number = self._numbers.get(key)
        if number is None:
            self._file.seek(0, 2)
            start = self._file.tell()
            self._file.write(data)
            self._file.write(beside)
            number = self._numbers[key] = len(self._bodies)
            self._bodies.append(_summary(json.loads(text), start, len(data), len(beside)))
        return number

    def text(self, number: int) -> str:
        body = self._bodies[number]
        self._file.seek(body.start)
        return self._file.read(body.length).decode()

    def more(self, number: int) -> str:
        body = self._bodies[number]
        self._file.seek(body.start + body.length)
        return self._file.read(body.more_length).decode()


def _summary(document: Mapping[str, Any], start: int, length: int, more_length: int) -> Body:
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
    return Body(
        start, length, more_length,
        group=intern(digest(different)),
        verdict=intern(document["verdict"]),
        found=tuple((intern(fingerprint_of("", each)), Level(each["level"])) for each in document["findings"]),
        plan=intern(digest(plan)),
        has_plan=bool(document["plan"]),
        plan_hash=document["plan_hash"],
    )  # fmt: skip


def digest(value: Any) -> str:
    return f"sha256:{hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()}"
