"""Pushes from one set of models to another in this process: real tables, and no project on disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.migrations.state import ModelState, ProjectState

from schemaguard.database import backend_of
from schemaguard.history.shapes.tables import ShapeMaker
from schemaguard.operations.describe import describe
from schemaguard.operations.hazards.row_counts import Counter
from schemaguard.push import compare
from schemaguard.push.expected import Models
from schemaguard.push.expected import models as expected_of
from schemaguard.push.preparing import hazards_of, performer_of
from schemaguard.push.provenance import Provenance
from schemaguard.push.uncastable import uncastable

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from schemaguard.diagnosis.model import Hazard
    from schemaguard.operations.perform.performer import Performer
    from schemaguard.operations.tasks import Task
    from schemaguard.schema.objects import Schema

APP = "shipping"
"""An installed one: a push leaves the tables of other apps alone."""
Fields = dict[str, Any]


def state(*made: ModelState) -> ProjectState:
    found = ProjectState()
    for each in made:
        found.add_model(each)
    return found


def model(name: str, fields: Fields | None = None, *, app: str = APP, **options: Any) -> ModelState:
    """A model; with an `id` where no field is a primary key."""
    fields = fields or {}
    key: Fields = {"id": models.BigAutoField(primary_key=True)}
    if any(field.primary_key for field in fields.values()):
        key = {}
    return ModelState(app, name, [*key.items(), *fields.items()], options)


@dataclass(frozen=True, slots=True)
class Story:
    """A database with the tables of one set of models, held against another."""

    connection: Any
    expected: Models
    provenance: Provenance
    schema: Schema

    @classmethod
    def of(cls, connection: Any, before: ProjectState, after: ProjectState, *sql: str) -> Story:
        """`sql` runs on the tables of `before`: rows, mostly."""
        with connection.schema_editor() as editor:
            for each in before.apps.get_models():
                editor.create_model(each)
        with connection.cursor() as cursor:
            for statement in sql:
                cursor.execute(statement)
        maker = ShapeMaker(connection, backend_of(connection))
        provenance = Provenance(dict(expected_of(maker, before).tables))
        return cls(connection, expected_of(maker, after), provenance, read(connection))

    def tasks(self, labels: Collection[str] = (), replaced: Collection[tuple[str, str]] = ()) -> list[Task]:
        rebuilds = self.connection.vendor == "sqlite"
        backend = backend_of(self.connection)
        schema = read(self.connection)
        return compare.plan(
            self.expected, self.provenance, schema, backend, labels, rebuilds=rebuilds, replaced=replaced
        ).tasks

    def shower(self) -> Performer:
        """A performer that does nothing."""
        return performer_of(self.connection, self.connection.schema_editor(collect_sql=True), self.expected)

    def hazards(self) -> tuple[Hazard, ...]:
        return hazards_of(Counter(self.connection, self.schema), self.shower(), self.tasks())

    def push(self) -> list[str]:
        """Carries everything out; returns what was done. Nothing is left to do afterwards."""
        counter = Counter(self.connection, self.schema)
        tasks = self.tasks(replaced=uncastable(counter, self.tasks(), self.shower().field))
        self.perform(tasks)
        assert [describe(each) for each in self.tasks()] == []
        return [describe(each) for each in tasks]

    def perform(self, tasks: Sequence[Task]) -> None:
        constraints = self.connection.disable_constraint_checking() if self.connection.vendor == "sqlite" else False
        with self.connection.schema_editor(atomic=False) as editor:
            performer = performer_of(self.connection, editor, self.expected)
            for task in tasks:
                performer.perform(task)
        if constraints:
            self.connection.enable_constraint_checking()


def read(connection: Any) -> Schema:
    backend = backend_of(connection)
    with backend.reading():
        return backend.read(schemas=("archive",) if connection.vendor == "postgresql" else ())
