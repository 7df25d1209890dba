"""What is promised about a history: silence at each place of it, and the way home from a place without records."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING
from unittest import mock

from tests.explorer.histories import Steps, files
from tests.hand_alterations import STRAY
from tests.harness import Server, make_project
from tests.harness.installed import installed
from tests.location.cases import LOST_RECORDS, Case, loud_of
from tests.reconcile.test_mixed_troubles import alter, fill, number_of_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BROKEN_OFF = ("rolled back", "statements done", "promised")
"""What a plan says that did not end as it was told: the server refused a statement, or more is left."""
OVER_ROWS = ("IntegrityError", "DataError")
"""What a migration ends with that the rows are in the way of, as they are on a database that nobody altered."""
GIVEN = re.compile(r"\b\w+_[0-9a-f]{8}(?:_\w+)?\b|\bshop_\w+_(?:key|pkey|check)\d*\b|(?<=UNIQUE KEY )`[^`]+`")


@dataclass(frozen=True, slots=True)
class Trial:
    """A history, and a folder and a server to try it on."""

    steps: Steps
    folder: Path
    server: Server

    def possible(self) -> int:
        """How many of its migrations this server runs."""
        with self._case("possible") as case, mock.patch.dict("os.environ", {"SCHEMAGUARD_OFF": "1"}):
            for number in range(len(self.steps)):
                if ended(case, "migrate", "shop", f"{number + 1:04}", "--verbosity", "0"):
                    return number
        return len(self.steps)

    def is_silent_everywhere(self) -> int:
        """A check of a database that `migrate` has made so far says nothing, and the guard lets it go on.

        Returns how many of its migrations this server runs. It ends at one that Django itself fails in.
        """
        loud: list[str] = []
        with self._case("silent") as case:
            for number in range(len(self.steps) + 1):
                report = case.report()
                loud += [f"after {number}: {each['message']}" for each in loud_of(report)]
                loud += [f"after {number}, planned: {each['sql']}" for each in report["plan"]]
                if number == len(self.steps):
                    assert loud == [], "\n".join(loud)
                    assert report["verdict"] == "in_sync", report["verdict"]
                    return number
                migrate = ("migrate", "shop", f"{number + 1:04}", "--verbosity", "0")
                failure = ended(case, *migrate)
                if failure:
                    with mock.patch.dict("os.environ", {"SCHEMAGUARD_OFF": "1"}):
                        assert ended(case, *migrate), f"before {number + 1}: {failure}"
                    break
        # What the check said may have been about the migration that fails.
        return replace(self, steps=self.steps[:number], folder=self.folder / "shorter").is_silent_everywhere()

    def comes_home(self, last: int) -> None:
        """From that place, all records lost: reconcile and migrate end where a clean migrate does."""
        with self._case("clean") as clean:
            clean.migrate()
            wanted = dump(clean)
        with self._case("lost") as case:
            case.migrate(last)
            case.run(LOST_RECORDS)
            told = case.manage("schemaguard", "check").out
            for command in (("schemaguard", "reconcile", "--noinput"), ("migrate", "--verbosity", "0")):
                failure = ended(case, *command)
                assert not failure, f"from {last}: {failure}\n{told}"
            got = dump(case)
            assert got == wanted, f"from {last}: {_other(got, wanted)}\n{told}"
            assert case.verdict() == "in_sync", f"from {last}: {case.manage('schemaguard', 'check').out}\n{told}"

    def is_mended(self, random: Random, *, once: bool) -> None:
        """Left at some place and altered by hand `once`, or more often and without records perhaps.

        What is mended is as after a clean migrate. Nobody can promise that it is mended without a question.
        """
        with self._case("clean") as clean:
            clean.migrate()
            wanted = standing(clean)
        with self._case("altered") as case:
            case.migrate(random.randrange(1, len(self.steps) + 1))
            if case.database.vendor != "sqlite":  # where no foreign key would keep such a row out
                fill(case.database)
            if not once and random.random() < 0.5:
                case.run(LOST_RECORDS)
            choices = [random.randrange(999) for _ in range(1 if once else random.randrange(1, 4))]
            by_hand = [each for choice in choices if (each := alter(case.database, choice)) is not None]
            told = f"{by_hand}\n{case.manage('schemaguard', 'check')}"
            before, filled = case.dump(), number_of_rows(case.database)
            reconcile = ("schemaguard", "reconcile", "--noinput", "--on-conflict", "alter")
            result = case.manage(*reconcile)
            told = f"{told}\n{result}"
            assert "Traceback" not in told, told
            assert number_of_rows(case.database) >= filled, told
            assert result.code in (0, 1), told
            assert not any(each in result.err for each in BROKEN_OFF), f"{told}\n{case.manage(*reconcile, '--dry-run')}"
            if result.code:
                assert "journal entry" in told or case.dump() == before, told
                return
            failure = ended(case, "migrate", "--verbosity", "0")
            if failure.startswith(OVER_ROWS):
                return
            assert not failure, f"{failure}\n{told}"
            if not any(STRAY in each for each in by_hand):  # it may look like what a migration takes away
                assert case.verdict() == "in_sync", f"{case.manage('schemaguard', 'check').out}\n{told}"
                got = standing(case)
                assert got == wanted, f"{_other(got, wanted)}\n{told}"

    @contextmanager
    def _case(self, name: str) -> Iterator[Case]:
        apps = {"shop": {"migrations": files(self.steps)}}
        with self.server.fresh() as database:
            project = make_project(self.folder / name, apps=apps, database=database)
            with installed(project, "shop") as made:
                yield Case(made)


def ended(case: Case, *command: str) -> str:
    """What a command that fails says, an error of the server included; of one that does not fail, nothing."""
    try:
        result = case.manage(*command)
    except Exception as error:  # whatever `migrate` ends with, it is to be told
        return f"{type(error).__name__}: {error}"
    return str(result) if result.code else ""


def dump(case: Case) -> list[str]:
    """The schema, without the names that Django gave by the name of the moment."""
    lines = (GIVEN.sub("…", line) for line in case.dump().splitlines())
    return sorted(each for line in lines for each in _parted(line))


def _parted(line: str) -> list[str]:
    """A check of MariaDB apart from its column: made with the table or later, it is the same check."""
    column = re.fullmatch(r"(\w+: )(`.+?) (CHECK \(.+\))(.*)", line)
    return [column[1] + column[2] + column[4], f"{column[1]}CONSTRAINT `…` {column[3]}"] if column else [line]


def standing(case: Case) -> list[str]:
    """The same, with the columns of a table in no order, and without what was added by hand."""
    return [f"{line[:60]} {''.join(sorted(line))}" for line in dump(case) if STRAY not in line]


def _other(got: list[str], wanted: list[str]) -> str:
    return "\n".join(
        [f"+ {each}" for each in got if each not in wanted] + [f"- {each}" for each in wanted if each not in got]
    )


def place(steps: Steps, theme: str, number: int) -> int:
    """Some place of the history."""
    return Random(f"place {theme} {number}").randrange(1, len(steps) + 1)
