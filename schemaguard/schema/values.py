"""Values that are made by the ten thousand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as value
else:
    from dataclasses import dataclass

    def value(*, frozen: bool, **options: Any) -> Any:
        """A dataclass that the type checker holds to be frozen.

        One that is frozen when it runs takes three times as long to make, since each attribute goes through
        `object.__setattr__`, and a check of 300 models makes 30,000 of them.
        """
        return dataclass(unsafe_hash=frozen, **options)


__all__ = ["value"]
