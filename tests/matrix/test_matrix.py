"""One alteration of each sort, tried again: the matrix of the docs is true, and so is its list of gaps.

The whole is `make alterations`.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import django
import pytest

from schemaguard.schema import objects
from schemaguard.schema.sequences import Sequence
from tests.harness.vendors import EVERYWHERE
from tests.matrix.promises import LACKS, NOT_ALTERABLE, SILENT
from tests.matrix.results import PAGE, page, read_results
from tests.matrix.runner import Bench, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django.plugin import DjangoDbBlocker

    from tests.harness import Server

RESULTS = read_results()
KINDS = {
    "column": "Column",
    "index": "Index",
    "unique": "Index",
    "primary_key": "PrimaryKey",
    "foreign_key": "ForeignKey",
    "check": "Check",
    "exclusion": "Exclusion",
    "table": "Table",
    "sequence": "Sequence",
}


@pytest.fixture(scope="session")
def benches() -> Iterator[dict[str, Bench]]:
    made: dict[str, Bench] = {}
    yield made
    for bench in made.values():
        bench.close()


@pytest.fixture
def bench(server: Server, vendor: str, benches: dict[str, Bench], django_db_blocker: DjangoDbBlocker) -> Bench:
    if vendor not in benches:
        with django_db_blocker.unblock():
            benches[vendor] = Bench(server, vendor)
            assert benches[vendor].schema.tables
    return benches[vendor]


def as_recorded(bench: Bench) -> bool:
    """Whether the run that made the page was on this Django and this release of the server."""
    release = RESULTS.servers[bench.vendor].partition(".")[0]
    if bench.vendor == "mysql" and not bench.is_mariadb:
        return False
    return bench.version.partition(".")[0] == release and django.get_version().startswith(RESULTS.django)


# ---------------------------------------------------------------------------------------------------- completeness
@EVERYWHERE
def test_every_attribute_of_every_kind_is_altered_or_says_why_not(bench: Bench) -> None:
    if django.VERSION < (5, 0):
        pytest.skip("testproject has no generated columns here")
    altered = set()
    for each in bench.alterations:
        head, dot, field = each.attribute.partition(".")
        altered.add((KINDS.get(each.kind, each.kind), head))
        if dot:
            altered.add(("IndexPart", field))
    assert fields() - altered - LACKS[bench.vendor] - NOT_ALTERABLE.keys() == set()


@EVERYWHERE
def test_what_is_not_altered_is_there_and_really_not_altered(bench: Bench) -> None:
    assert NOT_ALTERABLE.keys() <= fields()
    altered = {(KINDS.get(each.kind, each.kind), each.attribute) for each in bench.alterations}
    assert NOT_ALTERABLE.keys() & altered == set()


def fields() -> set[tuple[str, str]]:
    named = [*vars(objects).values(), Sequence]
    classes = [each for each in named if isinstance(each, type) and dataclasses.is_dataclass(each)]
    return {(each.__name__, field.name) for each in classes for field in dataclasses.fields(each)}


def test_silence_has_a_reason_that_some_alteration_needs() -> None:
    silent = [cell for cell, found in RESULTS.cells.items() if Outcome.SILENT in found]
    for kind, attribute, way, _ in SILENT:
        assert any(each[0] == kind and each[1] == attribute and way in ("*", each[2]) for each in silent), (
            kind,
            attribute,
            way,
        )


@EVERYWHERE
def test_every_sort_of_alteration_is_on_the_page(bench: Bench) -> None:
    if not as_recorded(bench):
        pytest.skip("another Django or server makes other sorts of alterations")
    assert {each.cell for each in bench.alterations} == {cell for cell in RESULTS.cells if cell[3] == bench.vendor}


def test_the_page_is_that_of_the_results() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(RESULTS)


# ------------------------------------------------------------------------------------------------------ the sample
def samples() -> list:
    found = []
    for name in RESULTS.samples:
        vendor = name.partition(" ")[0]
        marks = [pytest.mark.mysql] if vendor == "mysql" else []
        found.append(pytest.param(vendor, name, id=name, marks=marks))
    return found


@pytest.mark.long
@pytest.mark.parametrize(("vendor", "name"), samples(), indirect=["vendor"])
def test_an_alteration_ends_as_the_page_says(
    bench: Bench, vendor: str, name: str, django_db_blocker: DjangoDbBlocker
) -> None:
    if vendor == "mysql" and not bench.is_mariadb:
        pytest.skip("the page speaks of MariaDB")
    alteration = next((each for each in bench.alterations if each.id == name), None)
    if alteration is None:
        assert not as_recorded(bench)
        pytest.skip("there is no such thing here")
    with django_db_blocker.unblock():
        trial = bench.attempt(alteration)
    expected = RESULTS.samples[name]
    if as_recorded(bench):
        assert trial.outcome is expected, f"{trial.outcome.value} ({trial.why}); `make alterations` writes it down"
    else:
        assert trial.outcome is not Outcome.GAP or expected is Outcome.GAP, trial.why
