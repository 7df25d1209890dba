"""manage.py migrate, as it would be without this app, with the guard in front of it."""

from __future__ import annotations

from contextlib import suppress

from schemaguard.management.migrating import command_of, guarded, rivals

# What an app that stands before ours finds, if its own command builds on this one: so this comes first.
Command = guarded(command_of(next(rivals(before=False), None)))

_first = next(rivals(before=True), None)
if _first is not None:
    with suppress(AttributeError):  # its module is importing this one at this very moment
        Command = guarded(command_of(_first))
