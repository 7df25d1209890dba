"""A value is a dataclass in all but what it costs to make one, and its class."""

from __future__ import annotations

from dataclasses import dataclass, field

from schemaguard.schema.values import value


@value(frozen=True, kw_only=True, slots=True)
class Value:
    name: str
    parts: tuple[object, ...] = ()
    hidden: int = field(default=0, repr=False, compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Plain:
    name: str
    parts: tuple[object, ...] = ()
    hidden: int = field(default=0, repr=False, compare=False)


def test_a_value_is_shown_as_a_dataclass_is() -> None:
    given = {"name": "sho'p", "parts": (1, "two", None), "hidden": 3}
    assert repr(Value(**given)) == repr(Plain(**given)).replace("Plain(", "Value(")  # type: ignore[arg-type]


def test_a_value_within_itself_is_shown_to_an_end() -> None:
    inner: list[object] = []
    outer = Value(name="loop", parts=(inner,))
    inner.append(outer)
    assert repr(outer) == "Value(name='loop', parts=([...],))"


def test_a_class_keeps_the_repr_that_it_has() -> None:
    @value(frozen=True, slots=True)
    class Own:
        name: str

        def __repr__(self) -> str:
            return f"<{self.name}>"

    assert repr(Own("a")) == "<a>"


def test_values_are_equal_and_hashed_by_what_they_hold() -> None:
    one, same, other = Value(name="a", hidden=1), Value(name="a", hidden=2), Value(name="b")
    assert one == same
    assert one != other
    assert len({one, same, other}) == 2
