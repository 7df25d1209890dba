"""What code of others raises is told in a line; what our own code raises is not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from django.db import OperationalError

from schemaguard.exceptions import CannotMend, CodeFailed
from schemaguard.operations.perform.third_party import third_party
from schemaguard.reconcile.transaction.atomic_steps import carry_out


def test_what_it_raises_is_told_with_its_class() -> None:
    with pytest.raises(CodeFailed) as failed, third_party():
        raise ValueError("no such carrier\nand more")
    assert str(failed.value) == "ValueError: no such carrier"
    assert isinstance(failed.value.__cause__, ValueError)


@pytest.mark.parametrize("error", [OperationalError("gone"), CannotMend("no model"), SystemExit(3)])
def test_errors_of_the_database_and_ours_stay_what_they_are(error: BaseException) -> None:
    with pytest.raises(type(error)) as raised, third_party():
        raise error
    assert raised.value is error


def test_a_fault_of_our_own_is_no_sentence() -> None:
    class Broken:
        def run(self, *_: Any) -> None:
            raise KeyError("a fault of ours")

    step = SimpleNamespace(key=("shop", "0001_initial"), tasks=[], sequence={})
    with pytest.raises(KeyError):
        carry_out(cast("Any", Broken()), cast("Any", step), cast("Any", None))
