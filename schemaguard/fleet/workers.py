"""Who works a batch off, by what is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemaguard.fleet.examining import Examiner

if TYPE_CHECKING:
    from collections.abc import Mapping


def worker(options: Mapping[str, Any]) -> Examiner:
    """One for `check`, or one for `reconcile`, which imports what changes a database."""
    if options.get("command") == "reconcile":
        from schemaguard.fleet.carrying import Carrier

        return Carrier(options)
    return Examiner(options)
