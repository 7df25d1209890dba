"""`settings.SCHEMAGUARD`: read, validated, and applied to what a check found."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import field, replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

from django.conf import settings as django_settings

from schemaguard.diagnosis.codes import HARM
from schemaguard.diagnosis.model import Diagnosis, Finding
from schemaguard.exceptions import CannotStart
from schemaguard.schema.codes import Level, Problem
from schemaguard.schema.kinds import REPORTED, Kind
from schemaguard.schema.values import value

SETTING = "SCHEMAGUARD"
GUARDS = ("stop", "reconcile", "warn", "off")
KNOWN: Mapping[str, Collection[str]] = {
    "code": tuple(sorted(HARM)),
    "level": tuple(each.value for each in Level),
    "kind": tuple(each.value for each in REPORTED),
    "problem": tuple(each.value for each in Problem),
}
"""Keys of an IGNORE entry whose values are words of ours: a pattern has to fit one of them."""
NAMES = ("table", "name", "app", "migration", "column", "database")
STALE = "SG901"
"""A pattern or an entry that matches nothing any more."""


@value(frozen=True, kw_only=True, slots=True)
class Mistake:
    """One mistake in the setting, with the id of the system check that reports it."""

    id: str
    message: str
    hint: str | None = None


@value(frozen=True, kw_only=True, slots=True)
class Ignore:
    """One entry of IGNORE: `patterns` are (key, pattern) pairs, all of which a finding has to match."""

    reason: str
    patterns: tuple[tuple[str, str], ...]

    def matches(self, finding: Finding, alias: str) -> bool:
        return all(_fits(pattern, _values(finding, alias, key)) for key, pattern in self.patterns)

    def pattern(self, key: str) -> str | None:
        return dict(self.patterns).get(key)


@value(frozen=True, kw_only=True, slots=True)
class Settings:
    """The setting as values; what it does not name has its default."""

    ignore_tables: tuple[str, ...] = ()
    ignore: tuple[Ignore, ...] = ()
    guard_migrate: str = "stop"
    allow_push: bool = False
    lock_migrate: bool = True
    migrate_lock_timeout: float | None = None
    """Seconds; None: as long as it takes."""
    record_progress: bool = True
    mistakes: tuple[Mistake, ...] = field(default=(), repr=False)

    def ignores(self, finding: Finding, alias: str) -> frozenset[str | Ignore]:
        """The patterns and entries by which a finding of one database is ignored on purpose."""
        tables = {each for each in self.ignore_tables if _fits(each, _values(finding, alias, "table"))}
        return frozenset({*tables, *(each for each in self.ignore if each.matches(finding, alias))})


EMPTY = Settings()


def load() -> Settings:
    """The project's settings. Raises CannotStart with the first mistake where there is one."""
    settings = read(getattr(django_settings, SETTING, {}))
    if settings.mistakes:
        first, *more = settings.mistakes
        text = f"settings.{SETTING}: {first.message}" + (f"; {first.hint}" if first.hint else "")
        raise CannotStart(text + (f" (and {len(more)} more: manage.py check)" if more else ""))
    return settings


# ------------------------------------------------------------------------------------------------------------ reading
def read(value: object) -> Settings:
    """Reads a value of the setting; its mistakes are in the result, and what is mistaken is left out."""
    if not isinstance(value, Mapping):
        return Settings(mistakes=(Mistake(id="E001", message=f"must be a dictionary, not {_type(value)}"),))
    mistakes = [
        Mistake(id="E002", message=f"unknown key {key!r}", hint=_instead(key, list(READERS)))
        for key in value
        if key not in READERS
    ]
    read_values: dict[str, Any] = {}
    for key, reader in READERS.items():
        if key in value:
            read_values[key.lower()], more = reader(value[key])
            mistakes += more
    return Settings(**read_values, mistakes=tuple(mistakes))


def _tables(value: object) -> tuple[tuple[str, ...], list[Mistake]]:
    if not isinstance(value, list | tuple | set | frozenset):
        return (), [_wrong("IGNORE_TABLES", "a list of patterns", value)]
    bad = [each for each in value if not isinstance(each, str) or not each]
    mistakes = [_wrong("IGNORE_TABLES", "a list of patterns; one of them", each) for each in bad]
    return tuple(each for each in value if each not in bad), mistakes


def _guard(value: object) -> tuple[str, list[Mistake]]:
    if isinstance(value, str) and value in GUARDS:
        return value, []
    message = f"GUARD_MIGRATE must be one of {', '.join(map(repr, GUARDS))}, not {value!r}"
    return "stop", [Mistake(id="E003", message=message)]


def _switch(key: str, default: bool) -> Callable[[object], tuple[bool, list[Mistake]]]:
    def read_switch(value: object) -> tuple[bool, list[Mistake]]:
        return (value, []) if isinstance(value, bool) else (default, [_wrong(key, "True or False", value)])

    return read_switch


def _lock_timeout(value: object) -> tuple[float | None, list[Mistake]]:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf")
    if value is None or is_number:
        return value, []  # type: ignore[return-value]  # it is a number by now
    wanted = "a number of seconds, 0 or more, or None for as long as it takes"
    return None, [_wrong("MIGRATE_LOCK_TIMEOUT", wanted, value)]


def _entries(value: object) -> tuple[tuple[Ignore, ...], list[Mistake]]:
    if not isinstance(value, list | tuple):
        return (), [_wrong("IGNORE", "a list of dictionaries", value)]
    entries, mistakes = [], []
    for position, each in enumerate(value):
        wrong = list(_mistakes_of(f"IGNORE[{position}]", each))
        mistakes += wrong
        if not wrong:
            patterns = tuple((key, pattern) for key, pattern in each.items() if key != "reason")
            entries.append(Ignore(reason=each["reason"], patterns=patterns))
    return tuple(entries), mistakes


READERS: Mapping[str, Any] = {
    "IGNORE_TABLES": _tables,
    "IGNORE": _entries,
    "GUARD_MIGRATE": _guard,
    "ALLOW_PUSH": _switch("ALLOW_PUSH", default=False),
    "LOCK_MIGRATE": _switch("LOCK_MIGRATE", default=True),
    "MIGRATE_LOCK_TIMEOUT": _lock_timeout,
    "RECORD_PROGRESS": _switch("RECORD_PROGRESS", default=True),
}


def _mistakes_of(where: str, entry: object) -> Iterator[Mistake]:
    if not isinstance(entry, Mapping):
        yield Mistake(id="E004", message=f"{where} must be a dictionary, not {_type(entry)}")
        return
    keys = [*KNOWN, *NAMES, "reason"]
    for key, pattern in entry.items():
        if key not in keys:
            yield Mistake(id="E004", message=f"{where}: unknown key {key!r}", hint=_instead(key, keys))
        elif not isinstance(pattern, str):
            yield Mistake(id="E004", message=f"{where}: {key!r} must be a string, not {_type(pattern)}")
        elif key in KNOWN and not _fits(pattern, KNOWN[key]):
            hint = _instead(pattern, KNOWN[key]) if key != "code" else "they look like 'SG203', or 'SG2*' for many"
            yield Mistake(id="E006", message=f"{where}: there is no {key} {pattern!r}", hint=hint)
    if not str(entry.get("reason") or "").strip():
        yield Mistake(id="E005", message=f"{where} has no 'reason'", hint="say why this is ignored")
    if not set(entry) - {"reason", "database"}:
        yield Mistake(id="E007", message=f"{where} would ignore everything", hint=f"name one of {', '.join(keys[:-2])}")


def _wrong(key: str, wanted: str, value: object) -> Mistake:
    return Mistake(id="E003", message=f"{key} must be {wanted}, not {_type(value)}")


def _type(value: object) -> str:
    return f"{value!r}" if isinstance(value, str | int | None) else type(value).__name__


def _instead(word: object, known: Collection[str]) -> str:
    close = get_close_matches(str(word), known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"there are {', '.join(known)}"


# ----------------------------------------------------------------------------------------------------------- ignoring
def ignored(diagnosis: Diagnosis, settings: Settings, *, only_database: bool = True) -> Diagnosis:
    """The diagnosis with the findings that are ignored on purpose set aside, and a warning for each stale pattern.

    A pattern is stale where it matches no finding. One that names no database may be meant for another than this, so
    nothing is said of it unless this is the `only_database`. The verdict stays as it was: it is for the caller to ask
    for it again.
    """
    alias = diagnosis.database.alias
    left: list[Finding] = []
    aside: list[Finding] = []
    used: set[str | Ignore] = set()
    for finding in diagnosis.findings:
        why = settings.ignores(finding, alias)
        used |= why
        (aside if why else left).append(finding)
    stale = [_stale_table(each) for each in settings.ignore_tables if only_database and each not in used]
    for entry in settings.ignore:
        database = entry.pattern("database")
        mine = only_database if database is None else fnmatchcase(alias, database)
        if mine and entry not in used:
            stale.append(_stale_entry(entry, settings.ignore.index(entry)))
    return replace(diagnosis, findings=(*left, *stale), ignored=tuple(aside))


def _fits(pattern: str, values: Collection[str]) -> bool:
    return any(value == pattern or fnmatchcase(value, pattern) for value in values)


def _values(finding: Finding, alias: str, key: str) -> Collection[str]:
    """The values of a finding that a pattern may match; a table of another schema goes by `schema.table` too."""
    if key == "database":
        return (alias,)
    if key == "column":
        return finding.columns or ()
    value = getattr(finding, key)
    if value is None:
        return ()
    text = str(getattr(value, "value", value))
    return (text, text.replace('"."', ".")) if key == "table" else (text,)


def _stale_table(pattern: str) -> Finding:
    return _stale(Kind.TABLE, f'SCHEMAGUARD["IGNORE_TABLES"]: {pattern!r} matches nothing any more')


def _stale_entry(entry: Ignore, position: int) -> Finding:
    kind = entry.pattern("kind")
    named = ", ".join(f"{key} {pattern!r}" for key, pattern in entry.patterns)
    return _stale(
        next((each for each in Kind if each.value == kind), Kind.MIGRATION),
        f'SCHEMAGUARD["IGNORE"][{position}] ({named}) matches nothing any more; its reason was: {entry.reason}',
    )


def _stale(kind: Kind, message: str) -> Finding:
    return Finding(
        code=STALE,
        level=Level.WARNING,
        kind=kind,
        problem=Problem.EXTRA,
        message=message,
        hint="take it out of the settings",
    )
