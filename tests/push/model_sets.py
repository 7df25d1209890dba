"""Strategies of hypothesis: a set of models, and what a day of prototyping makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from textwrap import indent

from hypothesis import strategies as st

NAMES = ("Alpha", "Beta", "Gamma")
FIELDS = ("one", "two", "three", "four")
PLAIN = {
    "models.IntegerField({})": "3",
    "models.BigIntegerField({})": "3",
    "models.PositiveIntegerField({})": "3",
    "models.BooleanField({})": "True",
    "models.CharField(max_length=10, {})": "'x'",
    "models.CharField(max_length=40, {})": "'12'",
    "models.TextField({})": "'12'",
    "models.DecimalField(max_digits=8, decimal_places=2, {})": "3",
    "models.DateTimeField({})": "datetime(2020, 1, 1)",
    "models.UUIDField({})": "uuid.uuid4",
    "models.JSONField({})": "dict",
}
"""A field, and a default for it. A number passes each of the checks below, as long as nothing is cast into it."""

HELPERS = """\
from datetime import datetime as _datetime, timezone


def datetime(*args):
    return _datetime(*args, tzinfo=timezone.utc)


def check(condition, name):
    import django

    return models.CheckConstraint(**{"condition" if django.VERSION >= (5, 1) else "check": condition}, name=name)


"""


@dataclass(frozen=True)
class Source:
    """One model: its fields as source, and the lines of its Meta. `label` begins the names of its indexes."""

    label: str
    fields: Mapping[str, str]
    together: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()

    def text(self, name: str) -> str:
        lines = [f"{field} = {code}" for field, code in self.fields.items()]
        meta = [
            f"{option} = [{', '.join(values)}]"
            for option, values in (
                ("unique_together", self.together), ("indexes", self.indexes), ("constraints", self.constraints),
            )
            if values
        ]  # fmt: skip
        if meta:
            lines += ["class Meta:", *(f"    {line}" for line in meta)]
        return f"class {name}(models.Model):\n{indent(chr(10).join(lines) or 'pass', '    ')}\n\n"


ModelSet = Mapping[str, Source]


@dataclass(frozen=True)
class Change:
    """From one set of models to the next; `models` and `fields` are what was renamed on the way, new name → old."""

    before: ModelSet
    after: ModelSet
    models: Mapping[str, str]
    fields: Mapping[tuple[str, str], str]
    """(model's new name, field's new name) → the field's old name."""

    @property
    def renames(self) -> list[str]:
        """As arguments of --rename."""
        found = [f"shop.{old}:{new}" for new, old in self.models.items()]
        return found + [f"shop.{model.lower()}.{old}:{new}" for (model, new), old in self.fields.items()]

    def kept(self) -> list[tuple[str, str, str, str]]:
        """(model before, field before, model now, field now) of the fields whose source is the same."""
        found = []
        for name, source in self.after.items():
            old_name = self.models.get(name, name)
            old = self.before.get(old_name)
            for field, code in source.fields.items():
                old_field = self.fields.get((name, field), field)
                if old is not None and old.fields.get(old_field) == code and "Many" not in code:
                    found.append((old_name, old_field, name, field))
        return found


def text(models: ModelSet) -> str:
    return HELPERS + "".join(source.text(name) for name, source in models.items())


# -------------------------------------------------------------------------------------------------------------- models
@st.composite
def plain_field(draw: st.DrawFn) -> str:
    kind, default = draw(st.sampled_from(sorted(PLAIN.items())))
    options = [draw(st.sampled_from(("null=True", f"default={default}")))]
    if "JSON" not in kind:
        options += draw(st.sampled_from(([], [], ["db_index=True"], ["unique=True"])))
    return kind.format(", ".join(options))


@st.composite
def any_field(draw: st.DrawFn, names: tuple[str, ...]) -> str:
    kind = draw(st.sampled_from(("plain", "plain", "plain", "ForeignKey", "OneToOneField", "ManyToManyField")))
    if kind == "plain":
        return draw(plain_field())
    to = draw(st.sampled_from((*names, "self")))
    more = "" if kind == "ManyToManyField" else "models.CASCADE, null=True, "
    return f"models.{kind}('{to}', {more}related_name='+')"


@st.composite
def meta(draw: st.DrawFn, source: Source) -> Source:
    """The same fields under other indexes and constraints."""
    names = [name for name, code in source.fields.items() if "JSON" not in code and "Many" not in code]
    numbers = [name for name in names if "IntegerField" in source.fields[name]]
    together: list[str] = []
    indexes: list[str] = []
    constraints: list[str] = []
    if len(names) > 1 and draw(st.booleans()):
        together.append(f"{tuple(names[:2])!r}")
    if names != [] and draw(st.booleans()):
        indexes.append(f"models.Index(fields={names[-1:]!r}, name='{source.label}_i1')")
    if numbers != [] and draw(st.booleans()):
        condition = f"models.Q({numbers[0]}__gt={draw(st.integers(0, 2))})"
        constraints.append(f"check({condition}, '{source.label}_c1')")
        indexes.append(f"models.Index(fields=[{names[0]!r}], condition={condition}, name='{source.label}_i2')")
    # Not over a single column, that may be unique already: PostgreSQL makes one of two in one CREATE TABLE.
    if len(names) > 1 and draw(st.booleans()):
        constraints.append(f"models.UniqueConstraint(fields={names[-2:]!r}, name='{source.label}_u1')")
    return replace(source, together=tuple(together), indexes=tuple(indexes), constraints=tuple(constraints))


@st.composite
def sources(draw: st.DrawFn, name: str, names: tuple[str, ...]) -> Source:
    fields = {field: draw(any_field(names)) for field in FIELDS if draw(st.integers(0, 6))}
    return draw(meta(Source(name.lower(), fields)))


@st.composite
def model_sets(draw: st.DrawFn) -> ModelSet:
    names = tuple(draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True)))
    return {name: draw(sources(name, names)) for name in names}


# ------------------------------------------------------------------------------------------------------------- changes
@st.composite
def changes(draw: st.DrawFn) -> Change:
    """Any two sets; or one, and the same with a few things done to it, renames among them."""
    before = draw(model_sets())
    if draw(st.integers(0, 2)) == 0:
        return Change(before, draw(model_sets()), {}, {})
    after: dict[str, Source] = {}
    models: dict[str, str] = {}
    fields: dict[tuple[str, str], str] = {}
    for name, source in before.items():
        what = draw(st.sampled_from(("same", "model", "field", "alter", "meta", "drop", "add")))
        new_name = f"{name}New" if what == "model" else name
        if what == "model":
            models[new_name] = name
        elif what == "field" and source.fields:
            old = draw(st.sampled_from(sorted(source.fields)))
            fields[name, f"{old}_new"] = old
            source = _renamed(source, old)
        elif what in ("alter", "drop", "add"):
            source = draw(altered(source, what, tuple(before)))
        elif what == "meta":
            source = draw(meta(source))
        after[new_name] = source
    return Change(before, {name: _pointed(source, models) for name, source in after.items()}, models, fields)


@st.composite
def altered(draw: st.DrawFn, source: Source, what: str, names: tuple[str, ...]) -> Source:
    fields = dict(source.fields)
    if what == "add":
        fields["five"] = draw(any_field(names))
    elif fields:
        name = draw(st.sampled_from(sorted(fields)))
        del fields[name]
        if what == "alter":
            fields[name] = draw(any_field(names))
    return draw(meta(replace(source, fields=fields)))


def _renamed(source: Source, old: str) -> Source:
    """A field under a new name, and with it whatever names it."""

    def said(values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(
            value.replace(f"'{old}'", f"'{old}_new'").replace(f"({old}__", f"({old}_new__") for value in values
        )

    return replace(
        source,
        fields={f"{old}_new" if name == old else name: code for name, code in source.fields.items()},
        together=said(source.together), indexes=said(source.indexes), constraints=said(source.constraints),
    )  # fmt: skip


def _pointed(source: Source, renamed: Mapping[str, str]) -> Source:
    """Relations point at models by their new names."""
    fields = dict(source.fields)
    for new, old in renamed.items():
        fields = {name: code.replace(f"('{old}'", f"('{new}'") for name, code in fields.items()}
    return replace(source, fields=fields)
