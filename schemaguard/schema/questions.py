"""What only a server can judge: two spellings, and whether they mean the same."""

from __future__ import annotations

from schemaguard.schema.values import value


@value(frozen=True, slots=True)
class Question:
    """Whether two spellings mean the same, in the sight of one live table. `kind` is 'expression', or 'type'."""

    kind: str
    table: str
    expected: str
    actual: str
    cast: str | None = None
    """The type that both sides are put into first (a column's default), or None."""


Answer = bool | None
"""True: the same; False: different; None: nobody can say."""
