"""The operations that a state allows, by theme. What Django or the server refuses is left out by whoever walks them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django
from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.functions import Lower

from tests.explorer import fields
from tests.explorer.fields import APP
from tests.explorer.model_states import computed_from, named, ours, used
from tests.explorer.themes import ALWAYS, THEMES
from tests.harness import CONDITION

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from django.db.migrations.operations.base import Operation
    from django.db.migrations.state import ModelState, ProjectState

NAMES = ("Alpha", "Beta", "Gamma", "Delta")
FIELDS = ("one", "two", "three", "four", "five")


class Explorer:
    """Chooses the next operation of a history whose state it is given."""

    def __init__(self, random: Random, theme: str) -> None:
        self.random = random
        self.families, makers = THEMES[theme]
        self.makers = [name for name, weight in {**ALWAYS, **makers}.items() for _ in range(weight)]
        self.number = 0
        self.young: set[str] = set()
        """The fields that the migration has made so far.

        None of these is renamed: on SQLite Django would index the old name, which is a text there (docs/limits.md).
        """

    def next(self, state: ProjectState) -> Operation | None:
        if not ours(state):
            return self.create(state)
        made: Operation | None = getattr(self, self.random.choice(self.makers))(state)
        return made

    def taken(self, operation: Operation) -> None:
        """Notes an operation that the history has from now on."""
        if isinstance(operation, migrations.CreateModel):
            self.young.update(name for name, _ in operation.fields)
        elif isinstance(operation, migrations.AddField | migrations.AlterField):
            self.young.add(operation.name)
        for each in getattr(operation, "database_operations", ()):
            self.taken(each)

    # ------------------------------------------------------------------------------------------------------- models
    def create(self, state: ProjectState) -> Operation | None:
        free = [each for each in NAMES if (APP, each.lower()) not in state.models]
        if not free:
            return None
        random = self.random
        made: list[tuple[str, Any]] = []
        if random.random() < 0.85:
            key = fields.key(random) if "key" in self.makers else models.BigAutoField(primary_key=True)
            made.append(("id" if random.random() < 0.9 else "code", key))
        for name in random.sample(FIELDS, random.randrange(1, 4)):
            made.append((name, self._field(state, None)))
        options: dict[str, Any] = {}
        if random.random() < 0.1:
            options["db_table"] = random.choice(["shop_named", "Shop Table"])
        if random.random() < 0.1:
            options["db_table_comment"] = "of the table"
        return migrations.CreateModel(random.choice(free), made, options)

    def child(self, state: ProjectState) -> Operation | None:
        free = [each for each in NAMES if (APP, each.lower()) not in state.models]
        parent = self._model(state)
        if not free:
            return None
        name = self.random.choice(free)
        link = models.OneToOneField(
            f"{APP}.{parent.name}",
            models.CASCADE,
            auto_created=True,
            parent_link=True,
            primary_key=True,
            serialize=False,
        )
        own = f"of_{name.lower()}"
        return migrations.CreateModel(
            name, [(f"{parent.name.lower()}_ptr", link), (own, self._field(state, None))], {}, (f"{APP}.{parent.name}",)
        )

    def delete(self, state: ProjectState) -> Operation | None:
        return migrations.DeleteModel(self._model(state).name)

    def rename_model(self, state: ProjectState) -> Operation | None:
        free = [each for each in NAMES if (APP, each.lower()) not in state.models]
        return migrations.RenameModel(self._model(state).name, self.random.choice(free)) if free else None

    def rename_table(self, state: ProjectState) -> Operation | None:
        model = self._model(state)
        table = None if "db_table" in model.options else f"shop_t{self._new()}"
        return migrations.AlterModelTable(model.name, table)

    def comment_table(self, state: ProjectState) -> Operation | None:
        model = self._model(state)
        return migrations.AlterModelTableComment(model.name, self.random.choice(["", "told", "it's 5"]))

    def order(self, state: ProjectState) -> Operation | None:
        model = self._model(state)
        keys = [name for name, each in model.fields.items() if isinstance(each, models.ForeignKey)]
        if "order_with_respect_to" in model.options:
            return migrations.AlterOrderWithRespectTo(model.name, None)
        return migrations.AlterOrderWithRespectTo(model.name, self.random.choice(keys)) if keys else None

    # ------------------------------------------------------------------------------------------------------- fields
    def add(self, state: ProjectState) -> Operation | None:
        model = self._model(state)
        name = self._free(model)
        return migrations.AddField(model.name, name, self._field(state, model)) if name else None

    def computed(self, state: ProjectState) -> Operation | None:
        model = self._model(state)
        name, field = self._free(model), fields.computed(self.random, model)
        return migrations.AddField(model.name, name, field) if name and field else None

    def key(self, state: ProjectState) -> Operation | None:
        """Another primary key, by altering it."""
        model = self._model(state)
        keys = [name for name, each in model.fields.items() if each.primary_key and not each.remote_field]
        if not keys:
            return None
        field = fields.altered(self.random, state, model, model.fields[keys[0]])
        return migrations.AlterField(model.name, keys[0], field) if field is not None else None

    def relate(self, state: ProjectState) -> Operation | None:
        model = self._model(state)
        name, field = self._free(model), fields.relation(self.random, state, model)
        return migrations.AddField(model.name, name, field) if name and field else None

    def many(self, state: ProjectState) -> Operation | None:
        model = self._model(state)
        name, field = self._free(model), fields.relation(self.random, state, model, many=True)
        return migrations.AddField(model.name, name, field) if name and field else None

    def remove(self, state: ProjectState) -> Operation | None:
        model = self._model(state)
        taken = used(model)
        found = [name for name, each in model.fields.items() if not each.primary_key and name not in taken]
        return migrations.RemoveField(model.name, self.random.choice(found)) if len(found) > 1 else None

    def rename(self, state: ProjectState) -> Operation | None:
        model = self._model(state)
        new = self._free(model)
        links = [name for name, each in model.fields.items() if getattr(each, "parent_link", False)]
        found = [name for name in model.fields if name not in {*links, *self.young, *named(model)}]
        return migrations.RenameField(model.name, self.random.choice(found), new) if new and found else None

    def alter(self, state: ProjectState) -> Operation | None:
        return self._alter(state, lambda each: not each.primary_key and not isinstance(each, fields.RELATIONS))

    def alter_relation(self, state: ProjectState) -> Operation | None:
        return self._alter(state, lambda each: isinstance(each, models.ForeignKey))

    def alter_many(self, state: ProjectState) -> Operation | None:
        return self._alter(state, lambda each: isinstance(each, models.ManyToManyField))

    def _alter(self, state: ProjectState, wanted: Callable[[Any], bool]) -> Operation | None:
        found = [(model, name) for model in ours(state) for name, each in model.fields.items() if wanted(each)]
        if not found:
            return None
        model, name = self.random.choice(found)
        field = fields.altered(self.random, state, model, model.fields[name])
        moves = field is not None and field.db_column != model.fields[name].db_column
        if field is None or (moves and name in {*self.young, *computed_from(model)}):
            return None
        return migrations.AlterField(model.name, name, field)

    # --------------------------------------------------------------------------------------- indexes and constraints
    def index(self, state: ProjectState) -> Operation | None:
        model = self._model(state)
        over = self._indexable(model)
        if not over:
            return None
        random, name = self.random, f"shop_i{self._new()}"
        texts = [each for each in over if isinstance(model.fields[each], models.CharField)]
        if texts and random.random() < 0.2:
            return migrations.AddIndex(model.name, models.Index(Lower(random.choice(texts)), name=name))
        chosen = random.sample(over, min(len(over), random.randrange(1, 3)))
        given: dict[str, Any] = {}
        if random.random() < 0.2:
            given["condition"] = Q(**{f"{chosen[0]}__isnull": False})
        if random.random() < 0.15:
            given["include"] = [random.choice(over)]
        listed = [f"-{each}" if random.random() < 0.25 else each for each in chosen]
        return migrations.AddIndex(model.name, models.Index(fields=listed, name=name, **given))

    def remove_index(self, state: ProjectState) -> Operation | None:
        model = self._model(state)
        name = self._one_of(model, "indexes")
        return migrations.RemoveIndex(model.name, name) if name else None

    def rename_index(self, state: ProjectState) -> Operation | None:
        model = self._model(state)
        if not model.options.get("indexes"):
            return None
        new_name = f"shop_i{self._new()}"
        return migrations.RenameIndex(model.name, new_name, old_name=self._one_of(model, "indexes"))

    def constraint(self, state: ProjectState) -> Operation | None:
        model = self._model(state)
        over = self._indexable(model)
        if not over:
            return None
        name, random = f"shop_c{self._new()}", self.random
        chosen = random.random()
        one = random.choice(over)
        if chosen < 0.35:
            return migrations.AddConstraint(model.name, self._check(model, one, name))
        if chosen < 0.45 and isinstance(model.fields[one], models.CharField):
            return migrations.AddConstraint(model.name, models.UniqueConstraint(Lower(one), name=name))
        given: dict[str, Any] = {"fields": random.sample(over, min(len(over), random.randrange(1, 3)))}
        more = random.random()
        if more < 0.2:
            given["condition"] = Q(**{f"{one}__isnull": False})
        elif more < 0.3:
            given["deferrable"] = models.Deferrable.DEFERRED
        elif more < 0.4 and django.VERSION >= (5, 0):
            given["nulls_distinct"] = False
        elif more < 0.5:
            given["include"] = [one]
        return migrations.AddConstraint(model.name, models.UniqueConstraint(name=name, **given))

    def _check(self, model: ModelState, over: str, name: str) -> models.CheckConstraint:
        field = model.fields[over]
        condition: Any = Q(**{f"{over}__isnull": True})
        if isinstance(field, models.CharField):
            condition |= self.random.choice(
                [~Q(**{over: ""}), Q(**{f"{over}__in": ["a", "b'c"]}), Q(**{f"{over}__gt": "a"})]
            )
        elif isinstance(field, models.IntegerField):
            condition |= self.random.choice(
                [
                    Q(**{f"{over}__gte": 0}),
                    Q(**{f"{over}__in": [1, 2]}),
                    Q(**{f"{over}__range": (1, 9)}),
                    ~Q(**{over: F(over)}),
                ]
            )
        return models.CheckConstraint(**{CONDITION: condition}, name=name)

    def remove_constraint(self, state: ProjectState) -> Operation | None:
        model = self._model(state)
        name = self._one_of(model, "constraints")
        return migrations.RemoveConstraint(model.name, name) if name else None

    def together(self, state: ProjectState) -> Operation | None:
        model = self._model(state)
        over = self._indexable(model)
        present = model.options.get("unique_together") or set()
        if present and self.random.random() < 0.6:
            return migrations.AlterUniqueTogether(model.name, set())
        if len(over) < 2:
            return None
        return migrations.AlterUniqueTogether(model.name, {*map(tuple, present), tuple(self.random.sample(over, 2))})

    # --------------------------------------------------------------------------------------------------- other ways
    def apart(self, state: ProjectState) -> Operation | None:
        """The same on both sides."""
        inner = getattr(self, self.random.choice(["add", "alter", "remove", "relate", "index", "constraint"]))(state)
        if inner is None:
            return None
        return migrations.SeparateDatabaseAndState([inner], [inner])

    def sql(self, state: ProjectState) -> Operation | None:
        """An index on a column by SQL, of which the models know nothing."""
        model = self._model(state)
        table = model.options.get("db_table") or f"{APP}_{model.name_lower}"
        over = [name for name in self._indexable(model) if not model.fields[name].remote_field]
        if not over:
            return None
        column = self.random.choice(over)
        column = model.fields[column].db_column or column
        if not (table + column).isidentifier():
            return None
        return migrations.RunSQL(f"CREATE INDEX shop_y{self._new()} ON {table} ({column})", migrations.RunSQL.noop)

    def code(self, state: ProjectState) -> Operation | None:
        del state
        return migrations.RunPython(migrations.RunPython.noop, migrations.RunPython.noop)

    # ------------------------------------------------------------------------------------------------------ choosing
    def _new(self) -> int:
        self.number += 1
        return self.number

    def _model(self, state: ProjectState) -> ModelState:
        return self.random.choice(ours(state))

    def _one_of(self, model: ModelState, option: str) -> str | None:
        """The name of one of its indexes or constraints."""
        found = model.options.get(option)
        return str(self.random.choice(found).name) if found else None

    def _free(self, model: ModelState) -> str | None:
        free = [each for each in FIELDS if each not in model.fields]
        return self.random.choice(free) if free else None

    def _field(self, state: ProjectState, model: ModelState | None) -> models.Field[Any, Any]:
        if model is not None and "relate" in self.makers and self.random.random() < 0.2:
            found = fields.relation(self.random, state, model)
            if found is not None:
                return found
        return fields.plain(self.random, self.families)

    def _indexable(self, model: ModelState) -> list[str]:
        unfit = (models.TextField, models.JSONField, models.BinaryField, models.ManyToManyField)
        computed: Any = getattr(models, "GeneratedField", ())
        return [
            name
            for name, each in model.fields.items()
            if not isinstance(each, unfit) and not isinstance(each, computed) and not each.primary_key
        ]
