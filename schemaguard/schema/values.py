"""Values that are made by the ten thousand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as value
else:
    from dataclasses import dataclass, fields
    from reprlib import recursive_repr

    def value(*, frozen: bool, **options: Any) -> Any:
        """A dataclass that the type checker holds to be frozen.

        One that is frozen when it runs takes three times as long to make: each attribute goes through
        `object.__setattr__`. A check of 300 models makes 30,000 of them.
        Before Python 3.13 each method of a dataclass is compiled at every start. So all of them share one `repr`.
        """

        def made(cls: Any) -> Any:
            cls.__repr__ = cls.__dict__.get("__repr__", _repr)
            return dataclass(unsafe_hash=frozen, repr=False, **options)(cls)

        return made

    @recursive_repr()
    def _repr(self: Any) -> str:
        shown = ", ".join(f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr)
        return f"{type(self).__qualname__}({shown})"


__all__ = ["value"]
