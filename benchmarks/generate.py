"""Writes a Django project of any size, with a history like those of real ones, the same one every time.

Each app begins with a migration that makes its models and goes on with migrations of a few operations each. The models
are what the history ends in, so `makemigrations --check` finds nothing to do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import cycle, islice
from random import Random
from typing import TYPE_CHECKING

import django

from benchmarks.templates import COUNTING, MANAGE, SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

OPERATIONS_PER_MIGRATION = 3
CONDITION = "condition" if django.VERSION >= (5, 1) else "check"

PLAIN = (
    "models.CharField(max_length=80)",
    "models.IntegerField(default=0)",
    "models.TextField(blank=True)",
    "models.DateTimeField(null=True)",
    "models.BooleanField(default=False)",
    "models.DecimalField(max_digits=10, decimal_places=2, default=0)",
    "models.SlugField(max_length=60)",
    "models.EmailField(max_length=200, db_index=True)",
    "models.PositiveIntegerField(default=1)",
    "models.DateField(null=True, db_index=True)",
    "models.JSONField(default=dict)",
    "models.CharField(max_length=40, unique=True, null=True)",
    "models.UUIDField(null=True)",
    "models.FloatField(null=True)",
)
# What an AddField or an AlterField can make of a column that holds rows.
LATER = (
    "models.CharField(max_length=120, default='')",
    "models.IntegerField(null=True)",
    "models.BooleanField(default=True)",
    "models.CharField(max_length=30, null=True, db_index=True)",
    "models.PositiveSmallIntegerField(default=0)",
    "models.DateTimeField(null=True, db_index=True)",
)


@dataclass
class Model:
    """A model as it stands at one moment of its history; values are source text."""

    app: str
    name: str
    fields: dict[str, str] = field(default_factory=dict)
    together: tuple[str, ...] = ()
    ordering: tuple[str, ...] = ()
    indexes: dict[str, str] = field(default_factory=dict)
    constraints: dict[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return f"{self.app}.{self.name}"

    def meta(self) -> dict[str, str]:
        found = {"unique_together": f"[{self.together!r}]"} if self.together else {}
        found |= {"ordering": repr(list(self.ordering))} if self.ordering else {}
        found |= {"indexes": _listed(self.indexes.values())} if self.indexes else {}
        return found | ({"constraints": _listed(self.constraints.values())} if self.constraints else {})


def generate(folder: Path, *, models: int, apps: int, migrations: int, seed: int = 1) -> Path:
    """Writes the project into `folder` and returns it. `models` and `migrations` are totals; each app has its share."""
    random = Random(seed)  # noqa: S311 (the same project for the same seed)
    labels = [f"app{number:03}" for number in range(apps)]
    made: list[Model] = []
    for number, label in enumerate(labels):
        app = _App(label, made, random)
        made += app.begin(_share(models, apps, number))
        for _ in range(_share(migrations, apps, number) - 1):
            app.go_on()
        app.write(folder / label)
    (folder / "manage.py").write_text(MANAGE, encoding="utf-8")
    (folder / "settings.py").write_text(SETTINGS.format(apps=labels), encoding="utf-8")
    (folder / "counting.py").write_text(COUNTING, encoding="utf-8")
    return folder


def _share(total: int, parts: int, number: int) -> int:
    return total // parts + (number < total % parts)


def _listed(values: object) -> str:
    return f"[{', '.join(values)}]"  # type: ignore[call-overload]


class _App:
    """One app while its history is being written. An operation is a method that changes a model and returns source."""

    def __init__(self, label: str, others: list[Model], random: Random) -> None:
        self.label = label
        self.others = list(others)
        self.random = random
        self.models: list[Model] = []
        self.files: dict[str, str] = {}
        self.count = 0
        self.needed: set[str] = set()
        self.kinds: Iterator[Callable[[Model], str]] = cycle(
            [
                self.add_field, self.add_index, self.alter_field, self.add_key, self.add_check, self.rename_field,
                self.together, self.run_python, self.add_conditional_unique, self.add_many_to_many,
                self.add_partial_index, self.remove_field, self.options,
            ]
        )  # fmt: skip

    # ------------------------------------------------------------------------------------------------------ migrations
    def begin(self, models: int) -> list[Model]:
        """The first migration, which makes all models of the app."""
        operations = [self.create(f"Model{number:03}") for number in range(models)]
        self._file("initial", operations)
        return self.models

    def go_on(self) -> None:
        operations = [kind(self.random.choice(self.models)) for kind in islice(self.kinds, OPERATIONS_PER_MIGRATION)]
        self._file("changes", operations)

    def _file(self, name: str, operations: list[str]) -> None:
        own = [(self.label, list(self.files)[-1])] if self.files else []
        needs = [*own, *((other, "0001_initial") for other in sorted(self.needed))]
        self.needed.clear()
        body = "".join(f"        {operation},\n" for operation in operations)
        self.files[f"{len(self.files) + 1:04}_{name}"] = (
            "from django.db import migrations, models\n\n\n"
            "def nothing(apps, schema_editor):\n    pass\n\n\n"
            "class Migration(migrations.Migration):\n"
            f"    initial = {not own}\n    dependencies = {needs!r}\n    operations = [\n{body}    ]\n"
        )

    def write(self, folder: Path) -> None:
        (folder / "migrations").mkdir(parents=True, exist_ok=True)
        for name in ("__init__.py", "migrations/__init__.py"):
            (folder / name).write_text("", encoding="utf-8")
        for name, text in self.files.items():
            (folder / "migrations" / f"{name}.py").write_text(text, encoding="utf-8")
        classes = "".join(f"\n\n{_class(model)}" for model in self.models)
        (folder / "models.py").write_text(f"from django.db import models\n{classes}", encoding="utf-8")

    # ------------------------------------------------------------------------------------------------------ operations
    def create(self, name: str) -> str:
        model = Model(self.label, name)
        for source in self.random.sample(PLAIN, 6):
            model.fields[self._new("field")] = source
        for _ in range(self.random.randint(0, 2)):
            model.fields[self._new("link")] = self._key(model)
        if self.random.random() < 0.2 and self.models:
            model.fields[self._new("many")] = self._many(model)
        if self.random.random() < 0.5:
            index, source = self._index(model)
            model.indexes[index] = source
        if self.random.random() < 0.3:
            check, source = self._check(model)
            model.constraints[check] = source
        self.models.append(model)
        fields = ", ".join(f"({each!r}, {source})" for each, source in model.fields.items())
        key = "('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID'))"
        options = ", ".join(f"{option!r}: {source}" for option, source in model.meta().items())
        return f"migrations.CreateModel(name={name!r}, fields=[{key}, {fields}], options={{{options}}})"

    def add_field(self, model: Model, source: str | None = None, stem: str = "field") -> str:
        name = self._new(stem)
        model.fields[name] = source or self.random.choice(LATER)
        return f"migrations.AddField({model.name!r}, {name!r}, {model.fields[name]})"

    def add_key(self, model: Model) -> str:
        return self.add_field(model, self._key(model).replace("models.CASCADE", "models.CASCADE, null=True"), "link")

    def add_many_to_many(self, model: Model) -> str:
        return self.add_field(model, self._many(model), "many")

    def alter_field(self, model: Model) -> str:
        name = self.random.choice([each for each, source in model.fields.items() if "CharField" in source] or [""])
        if not name:
            return self.add_field(model)
        model.fields[name] = f"models.CharField(max_length={self.random.randint(121, 250)}, null=True)"
        return f"migrations.AlterField({model.name!r}, {name!r}, {model.fields[name]})"

    def rename_field(self, model: Model) -> str:
        free = self._free(model)
        if not free:
            return self.add_field(model)
        name, new_name = free[0], self._new("renamed")
        model.fields = {new_name if each == name else each: source for each, source in model.fields.items()}
        return f"migrations.RenameField({model.name!r}, {name!r}, {new_name!r})"

    def remove_field(self, model: Model) -> str:
        free = self._free(model)
        if not free:
            return self.add_field(model)
        del model.fields[free[-1]]
        return f"migrations.RemoveField({model.name!r}, {free[-1]!r})"

    def add_index(self, model: Model) -> str:
        name, source = self._index(model)
        model.indexes[name] = source
        return f"migrations.AddIndex({model.name!r}, {source})"

    def add_partial_index(self, model: Model) -> str:
        name = self._new("part")
        column = self._column(model)
        source = f"models.Index(fields=[{column!r}], name={name!r}, condition=models.Q({column}__isnull=False))"
        model.indexes[name] = source
        return f"migrations.AddIndex({model.name!r}, {source})"

    def add_check(self, model: Model) -> str:
        name, source = self._check(model)
        model.constraints[name] = source
        return f"migrations.AddConstraint({model.name!r}, {source})"

    def add_conditional_unique(self, model: Model) -> str:
        name = self._new("once")
        column, other = self._column(model), self._column(model)
        condition = f"models.Q({other}__isnull=False)"
        source = f"models.UniqueConstraint(fields=[{column!r}, 'id'], name={name!r}, condition={condition})"
        model.constraints[name] = source
        return f"migrations.AddConstraint({model.name!r}, {source})"

    def together(self, model: Model) -> str:
        model.together = (self._column(model), "id")
        return f"migrations.AlterUniqueTogether({model.name!r}, {{{model.together!r}}})"

    def run_python(self, _model: Model) -> str:
        return "migrations.RunPython(nothing, nothing)"

    def options(self, model: Model) -> str:
        model.ordering = (f"-{self._column(model)}",)
        return f"migrations.AlterModelOptions({model.name!r}, {{'ordering': {list(model.ordering)!r}}})"

    # ----------------------------------------------------------------------------------------------------------- parts
    def _new(self, stem: str) -> str:
        self.count += 1
        return (
            f"{stem}_{self.count}"
            if stem in ("field", "link", "many", "renamed")
            else f"{self.label}_{stem}_{self.count}"
        )

    def _column(self, model: Model) -> str:
        return self.random.choice([name for name, source in model.fields.items() if "Many" not in source])

    def _free(self, model: Model) -> list[str]:
        """Fields that nothing else of the model speaks of."""
        told = repr((model.together, model.ordering, model.indexes, model.constraints))
        return [name for name in model.fields if f"{name}'" not in told and f"{name}_" not in told]

    def _target(self) -> Model | None:
        target = self.random.choice([*self.others[-200:], *self.models] or [None])
        if target is not None and target.app != self.label:
            self.needed.add(target.app)
        return target

    def _key(self, model: Model) -> str:
        target = self._target() or model
        return f"models.ForeignKey({target.label!r}, models.CASCADE, related_name='+')"

    def _many(self, model: Model) -> str:
        target = self._target() or model
        return f"models.ManyToManyField({target.label!r}, related_name='+')"

    def _index(self, model: Model) -> tuple[str, str]:
        name = self._new("idx")
        return name, f"models.Index(fields=[{self._column(model)!r}, 'id'], name={name!r})"

    def _check(self, model: Model) -> tuple[str, str]:
        name = self._new("check")
        numbers = [each for each, source in model.fields.items() if "IntegerField" in source or "Decimal" in source]
        condition = f"models.Q({numbers[0]}__gte=0)" if numbers else "models.Q(id__gt=0)"
        return name, f"models.CheckConstraint({CONDITION}={condition}, name={name!r})"


def _class(model: Model) -> str:
    lines = [f"    {name} = {source}" for name, source in model.fields.items()]
    meta = [f"        {option} = {source}" for option, source in model.meta().items()]
    return "\n".join(
        [f"class {model.name}(models.Model):", *lines, *(["", "    class Meta:", *meta] if meta else []), ""]
    )
