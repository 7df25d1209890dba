"""Constraints of Meta over a field that was renamed: in the state of the migrations they go on naming it as before."""

from __future__ import annotations

import pytest

from tests.location.cases import CHECK, ID, LOST_RECORDS, MakeCase, history

FIELD = "models.IntegerField(null=True)"


# SQLite's editor would make the table anew, with the constraint over the new field.
@pytest.mark.parametrize("vendor", ["postgresql", pytest.param("mysql", marks=pytest.mark.mysql)], indirect=True)
def test_a_new_field_of_that_name_is_not_meant(case: MakeCase) -> None:
    shelf = case(
        history(
            f'migrations.CreateModel("Shelf", [{ID}]), migrations.AddField("shelf", "code", {FIELD}),',
            """
            migrations.AddConstraint("shelf", check(models.Q(code__isnull=True), "none")),
            migrations.AddIndex("shelf", models.Index(fields=["code"], name="by_code")),
            """,
            f"""
            migrations.RenameField("shelf", "code", "former"),
            migrations.AddField("shelf", "code", {FIELD}),
            """,
            imports=CHECK,
        )
    )
    clean = shelf.dump()

    assert shelf.loud() == []
    shelf.run(LOST_RECORDS)
    shelf.reconcile()
    assert shelf.dump() == clean
