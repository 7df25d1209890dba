"""A state that renders what is asked for looks to Django's editor as one that renders everything."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import models
from django.db.migrations.operations import AddField, CreateModel, RemoveField, RenameModel
from django.db.migrations.state import ProjectState
from django.db.models.sql.query import Query

from schemaguard.history.bits import ancestors_of, bits_of, positions_in, with_ancestors
from schemaguard.history.lazy_state import LazyState, OutsideSlice


def author() -> CreateModel:
    return CreateModel("Author", [("id", models.AutoField(primary_key=True))])


def book() -> CreateModel:
    key: Any = models.ForeignKey("library.Author", models.CASCADE)
    return CreateModel("Book", [("id", models.AutoField(primary_key=True)), ("author", key)])


def loan() -> CreateModel:
    key: Any = models.OneToOneField("library.Book", models.CASCADE, primary_key=True)
    return CreateModel("Loan", [("book", key)])


def library(*operations: Any) -> LazyState:
    state = LazyState({}, set())
    for operation in operations or (author(), book(), loan()):
        state.apply("library", operation)
    return state


def rendered(state: LazyState) -> set[str]:
    return set(state.apps.all_models["library"])


def test_only_what_is_asked_for_and_what_it_points_at_is_rendered() -> None:
    state = library()

    state.apps.get_model("library", "Book")

    assert rendered(state) == {"book", "author"}


def test_a_key_that_is_a_key_elsewhere_is_followed() -> None:
    key: Any = models.ForeignKey("library.Loan", models.CASCADE)
    state = library(author(), book(), loan(), CreateModel("Fine", [("loan", key)]))

    field: Any = state.apps.get_model("library", "Fine")._meta.get_field("loan")

    assert field.target_field.target_field.model._meta.model_name == "book"
    assert rendered(state) == {"fine", "loan", "book"}


def test_reverse_relations_are_those_of_a_whole_state() -> None:
    state = library()
    whole = ProjectState(dict(state.clone().models), set())

    for name in ("Author", "Book", "Loan"):
        lazy, full = (each.apps.get_model("library", name)._meta for each in (state, whole))
        assert [each.name for each in lazy.related_objects] == [each.name for each in full.related_objects]


def test_a_clone_that_moves_leaves_the_other_as_it_was() -> None:
    state = library()
    moved = state.clone()

    moved.apply("library", AddField("Author", "name", models.TextField(default="")))
    moved.apply("library", RenameModel("Book", "Work"))

    assert "name" not in state.models["library", "author"].fields
    assert ("library", "book") in state.models
    assert moved.apps.get_model("library", "Work")._meta.get_field("author").remote_field.model is moved.apps.get_model(
        "library", "Author"
    )
    assert state.apps.get_model("library", "Loan")._meta.pk.remote_field.model._meta.model_name == "book"
    assert moved.apps.get_model("library", "Loan")._meta.pk.remote_field.model._meta.model_name == "work"


def test_models_are_found_by_their_tables_as_they_change() -> None:
    state = LazyState({}, set(), lambda model: (f"library_{model.name_lower}",))
    state.apply("library", author())
    assert state.models_of("library_author") == (("library", "author"),)

    state.apply("library", RenameModel("Author", "Writer"))

    assert state.models_of("library_author") == ()
    assert state.models_of("library_writer") == (("library", "writer"),)


def test_a_field_that_points_at_nothing_is_told() -> None:
    state = library(book())

    with pytest.raises(ValueError, match=r"library\.book points at library\.author, and there is no such model"):
        state.apps.get_model("library", "Book")


def test_a_part_of_the_models_does_not_answer_for_others() -> None:
    part = LazyState({}, set(), only=frozenset({("library", "author")}))
    part.apply("library", author())

    with pytest.raises(OutsideSlice):
        part.apply("library", RemoveField("Book", "author"))


def test_bits_are_positions() -> None:
    assert list(positions_in(bits_of([5, 0, 70]))) == [0, 5, 70]


def test_what_a_migration_depends_on_is_one_number() -> None:
    ancestors = [0, 0b1, 0b11]

    assert with_ancestors([1], ancestors) == 0b11
    assert ancestors_of([1], ancestors) == 0b1
    assert ancestors_of([1, 2], ancestors) == 0b11


def test_a_condition_with_a_lookup_of_a_foreign_key_renders_nothing_that_points_back() -> None:
    """`author__isnull` is no field of the author, so Django looks whether it is a reverse relation."""
    state = library()
    book = state.apps.get_model("library", "Book")

    with state.apps.forward_only():
        query = Query(model=book, alias_cols=False)
        where = query.build_where(models.Q(author__isnull=True))
    assert where.children
    assert rendered(state) == {"book", "author"}

    related = state.apps.get_model("library", "Author")._meta.fields_map
    assert "book" in related
    assert rendered(state) == {"book", "author", "loan"}
