"""Which of several claims to one live object is the better one: every price and every rank, with its reason.

A claim is that a live column or constraint is that of a timeline. Claims are taken in the order of their ranks, the
least first. Ranks are compared part by part, so a later part counts only where all parts before it are the same.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

DIFFERENCES = {"type": 3, "generated": 3, "columns": 5, "kind": 9}
"""How far two shapes are apart, by the attribute that differs; any other counts 1. Another type is further than another
nullability, and what is over other columns is hardly the same thing."""

OTHER_SHAPE = 3
"""For each point of DIFFERENCES between a live column and the nearest step at which the timeline has that name. So
another nullability weighs more than a missing index: indexes are dropped by hand more often."""
NAME_GIVEN_UP = 3
"""By the records, the timeline has that name no more. It is more than a missing index, since records are lost more
often than they are false."""
WITHOUT_ITS_CONSTRAINT = 2
"""A constraint that came with the column, over it alone, is missing."""
CONSTRAINT_OF_ANOTHER_NAME = 1
"""Such a constraint is there under a name that Django would not have given it."""
CONSTRAINT_OF_ANOTHER_KIND = 1
"""Over the column alone is a constraint of a kind that did not come with it."""
BEREAVED = 2
"""If the live column is this timeline's, another one, which had the name before and was renamed, is missing."""
HAS_OTHERS = 4
"""The timeline claims other columns as well, and cannot be all of them."""


class ColumnRank(NamedTuple):
    """The rank of a timeline's claim to a live column."""

    score: int
    """The sum of the prices above."""
    is_unrecorded: bool
    """No record says that the timeline has that name now."""
    is_too_late: bool
    """Most of what was added since the name was first borne, and before this timeline bore it, is not there."""
    is_too_early: bool
    """The live column stands before one that was there before this timeline began. Columns are added at the end."""
    age: int
    """How many names the timeline has borne since."""
    order: int
    """The last one made is the likelier: an earlier one may have gone before it came."""


class NameFit(IntEnum):
    """How the name of a live constraint or index fits a timeline."""

    OWN = 0
    """The timeline names it so itself, which is a person's choice."""
    USUAL = 1
    """Django names it so at one of its steps."""
    OTHER = 2
    OF_A_STRANGER = 3
    """It is over a column that another timeline had under that name once. The name may well be the live one's: SQLite
    names anew what is over a column that was renamed."""


class ConstraintRank(NamedTuple):
    """The rank of a timeline's claim to a live constraint or index that fits one of its steps."""

    name: NameFit
    is_in_doubt: bool
    """Nobody can tell whether it is the same at any step."""
    is_in_another_form: bool
    """A constraint against an index alone, which mean the same and are dropped by other statements."""
    is_gone: bool
    """The history ends without it."""
    order: int
    """The first one made."""
