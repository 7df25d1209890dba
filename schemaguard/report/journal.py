"""Entries of the journal, as text and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from schemaguard.journal.entries import JournalDamaged, inverse_of, steps_of
from schemaguard.report.escape import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from schemaguard.journal.undo import Undone

SHORT = len("sha256:") + 12
"""So many characters of a fingerprint tell two of them apart."""


def entries_text(entries: Sequence[Any], *, more: bool = False) -> str:
    """Four lines an entry, the newest first. `more`: there are older ones."""
    lines = [line for entry in entries for line in _head(entry)]
    if more:
        lines.append(f"older ones: manage.py schemaguard history --before {entries[-1].pk if entries else 1}")
    return "\n".join(lines or ["no entries"]) + "\n"


def entries_json(entries: Iterable[Any], *, more: bool = False) -> str:
    return json.dumps({"format": 1, "entries": [summary(entry) for entry in entries], "more": more}, indent=2)


def entry_text(entry: Any) -> str:
    """One entry whole."""
    lines = [*_head(entry, whole=True)]
    for step in steps_of(entry):
        lines += _step(step)
    inverse = inverse_of(entry)
    obstacles = inverse.get("obstacles", ())
    if inverse.get("continues"):
        lines.append(f"the run began with entry {inverse['continues']}")
    if entry.command == "reconcile" and entry.status == "done":
        lines += [visible(f"cannot be undone: {each}") for each in obstacles]
        if not obstacles:
            lines.append(f"schemaguard undo {entry.pk} takes this back")
            lines += [visible(f"  {line}") for line in _operations(inverse)]
    return "\n".join(lines) + "\n"


def _operations(inverse: Mapping[str, Any]) -> Iterator[str]:
    from schemaguard.journal.constraint_values import Unreadable
    from schemaguard.journal.inverse_operations import described, operation_of

    try:
        yield from [described(operation_of(each, "postgresql")) for each in inverse.get("operations", ())]
    except Unreadable as problem:
        yield f"or rather not: it is not as it was written ({problem})"


def entry_json(entry: Any) -> str:
    return json.dumps(entry_document(entry), indent=2)


def entry_document(entry: Any) -> dict[str, Any]:
    """One entry whole, as plain values. Raises JournalDamaged."""
    return {"format": 1, **summary(entry), "steps": steps_of(entry), "inverse": inverse_of(entry)}


def undone_text(undone: Undone) -> str:
    lines = [f"took back entry {undone.entry}; journal entry {undone.journal}"]
    lines += [f"  no longer recorded: {app}.{name}" for app, name in undone.unrecorded]
    lines += [f"  recorded again: {app}.{name}" for app, name in undone.recorded]
    lines += [f"  {sql}" for sql in undone.sql]
    return "\n".join(visible(line) for line in lines) + "\n"


def summary(entry: Any) -> dict[str, Any]:
    """An entry as plain values, of each step what it is about."""
    steps, damage = _steps(entry)
    return {
        "id": entry.pk,
        "command": entry.command,
        "status": entry.status,
        "started": entry.started.isoformat() if entry.started is not None else None,
        "finished": entry.finished.isoformat() if entry.finished is not None else None,
        "user": entry.user,
        "host": entry.host,
        "version": entry.version,
        "plan_hash": entry.plan_hash,
        "fingerprint_before": entry.fingerprint_before,
        "fingerprint_after": entry.fingerprint_after,
        "steps": [{"action": step["action"], "app": step["app"], "name": step["name"]} for step in steps],
        **({"damaged": damage} if damage is not None else {}),
    }


def _steps(entry: Any) -> tuple[list[Mapping[str, Any]], str | None]:
    """The steps, or what is wrong with them: one entry must not hide all others."""
    try:
        return steps_of(entry), None
    except JournalDamaged as damage:
        return [], str(damage)


def _head(entry: Any, *, whole: bool = False) -> Iterator[str]:
    started = f"{entry.started:%Y-%m-%d %H:%M:%S%z}" if entry.started is not None else "?"
    yield visible(
        f"{entry.pk}  {started}  {entry.command}, {entry.status}; "
        f"{entry.user} on {entry.host}, schemaguard {entry.version}"
    )
    if not whole:
        done: dict[str, list[str]] = {}
        steps, damage = _steps(entry)
        if damage is not None:
            yield visible(f"   {damage}")
        for step in steps:
            done.setdefault(step["action"], []).append(f"{step['app']}.{step['name']}")
        for action, names in done.items():
            yield visible(f"   {action} {_some(names)}")
    size = None if whole else SHORT
    before, after = ((each or "")[:size] or "?" for each in (entry.fingerprint_before, entry.fingerprint_after))
    yield f"   from {before} to {after}"


def _some(names: list[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _step(step: Mapping[str, Any]) -> Iterator[str]:
    took = f" ({step['seconds']:g} s)" if step.get("seconds") else ""
    yield visible(f"{step['action']} {step['app']}.{step['name']}{took}")
    for app, name in step.get("records", ()):
        if [app, name] != [step["app"], step["name"]]:
            yield visible(f"    also recorded {app}.{name}")
    yield from (visible(f"    {sql}") for sql in step.get("sql", ()))
    yield from (visible(f"    seen: {each}") for each in step.get("evidence", ()))
