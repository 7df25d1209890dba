"""What is refused is said in one line, or in a list."""

from __future__ import annotations

from schemaguard.exceptions import Refused
from schemaguard.failures import described


def test_one_reason_is_one_line() -> None:
    assert described(Refused("a is b", end="nothing was changed")) == "a is b; nothing was changed"
    assert described(Refused("nothing was changed")) == "nothing was changed"


def test_several_reasons_are_a_list_with_a_line_each() -> None:
    refused = Refused("a is b", "c is\nd", end="nothing was changed; --x allows it")
    assert described(refused) == ("2 things stand in the way; nothing was changed; --x allows it\n  a is b\n  c is\\nd")
    assert str(refused) == "a is b; c is\nd; nothing was changed; --x allows it"


def test_a_heading_says_what_the_reasons_are_for() -> None:
    assert described(Refused("a is b", heading="not as promised", end="done")) == "not as promised: a is b; done"
    assert (
        described(Refused("a is b", "c", heading="not as promised", end="done"))
        == "not as promised; done\n  a is b\n  c"
    )
