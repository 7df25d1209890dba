"""For any two sets of models: a push from one to the other, then makemigrations and reconcile, ends in sync."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent

import pytest
from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st

from tests.harness import Server
from tests.push.stories import history_later, project_with, push, write_models

NAMES = ("Alpha", "Beta", "Gamma")
FIELDS = ("one", "two", "three", "four")
PLAIN = (
    "models.IntegerField({})",
    "models.BigIntegerField({})",
    "models.PositiveIntegerField({})",
    "models.BooleanField({})",
    "models.CharField(max_length=10, {})",
    "models.CharField(max_length=40, {})",
    "models.TextField({})",
    "models.DecimalField(max_digits=8, decimal_places=2, {})",
    "models.DateTimeField({})",
    "models.UUIDField({})",
    "models.JSONField({})",
)
DEFAULTS = {
    "Int": "1", "Posi": "1", "BigI": "1", "Bool": "True", "Char": "'x'", "Text": "'x'", "Deci": "1",
    "Date": "datetime(2020, 1, 1)", "UUID": "uuid.uuid4", "JSON": "dict",
}  # fmt: skip


@dataclass(frozen=True)
class Source:
    """One model: its fields as source, and the lines of its Meta."""

    fields: Mapping[str, str]
    meta: tuple[str, ...]

    def text(self, name: str) -> str:
        lines = [f"{field} = {code}" for field, code in self.fields.items()]
        if self.meta:
            lines += ["class Meta:", *(f"    {line}" for line in self.meta)]
        return f"class {name}(models.Model):\n{indent(chr(10).join(lines) or 'pass', '    ')}\n\n"


@st.composite
def plain_field(draw: st.DrawFn) -> str:
    kind = draw(st.sampled_from(PLAIN))
    options = []
    default = next(value for start, value in DEFAULTS.items() if kind.startswith(f"models.{start}"))
    if draw(st.booleans()):
        options.append("null=True")
    else:
        options.append(f"default={default}")
    options += draw(st.sampled_from(([], [], ["db_index=True"], ["unique=True"])))
    if "JSON" in kind:
        options = options[:1]
    return kind.format(", ".join(options))


@st.composite
def source(draw: st.DrawFn, names: tuple[str, ...]) -> Source:
    fields: dict[str, str] = {}
    for field in FIELDS:
        kind = draw(st.sampled_from(("none", "plain", "plain", "plain", "key", "one", "many")))
        to = draw(st.sampled_from((*names, "self")))
        if kind == "plain":
            fields[field] = draw(plain_field())
        elif kind == "key":
            fields[field] = f"models.ForeignKey('{to}', models.CASCADE, null=True, related_name='+')"
        elif kind == "one":
            fields[field] = f"models.OneToOneField('{to}', models.CASCADE, null=True, related_name='+')"
        elif kind == "many":
            fields[field] = f"models.ManyToManyField('{to}', related_name='+')"
    indexable = [name for name, code in fields.items() if "JSON" not in code and "Many" not in code]
    return Source(fields, draw(meta(indexable, fields)))


@st.composite
def meta(draw: st.DrawFn, names: list[str], fields: Mapping[str, str]) -> tuple[str, ...]:
    lines = []
    label = "".join(names[:1])
    if len(names) > 1 and draw(st.booleans()):
        lines.append(f"unique_together = [{tuple(names[:2])!r}]")
    indexes, constraints = [], []
    if names and draw(st.booleans()):
        indexes.append(f"models.Index(fields={names[-1:]!r}, name=name('i1'))")
    numbers = [name for name in names if "IntegerField" in fields[name]]
    if numbers and draw(st.booleans()):
        least = draw(st.integers(0, 2))
        constraints.append(f"check(models.Q({numbers[0]}__gt={least}), name('c1'))")
        condition = f"models.Q({numbers[0]}__gt={least})"
        indexes.append(f"models.Index(fields=[{label!r}], condition={condition}, name=name('i2'))")
    # Not over a single column, that may be unique already: PostgreSQL makes one of two in one CREATE TABLE.
    if len(names) > 1 and draw(st.booleans()):
        constraints.append(f"models.UniqueConstraint(fields={names[-2:]!r}, name=name('u1'))")
    if indexes:
        lines.append(f"indexes = [{', '.join(indexes)}]")
    if constraints:
        lines.append(f"constraints = [{', '.join(constraints)}]")
    return tuple(lines)


@st.composite
def model_sets(draw: st.DrawFn) -> str:
    names = tuple(draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True)))
    text = HELPERS
    for name in names:
        text += draw(source(names)).text(name).replace("name('", f"name('{name.lower()}_")
    return text


HELPERS = """\
from datetime import datetime as _datetime, timezone


def datetime(*args):
    return _datetime(*args, tzinfo=timezone.utc)


def name(text):
    return text


def check(condition, name):
    import django

    return models.CheckConstraint(**{"condition" if django.VERSION >= (5, 1) else "check": condition}, name=name)


"""
EXAMPLES = int(os.environ.get("SCHEMAGUARD_EXAMPLES", "3"))


@pytest.mark.parametrize("migrated", [True, False], ids=["migrated", "only-pushed"])
def test_push_then_history(server: Server, migrated: bool) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],  # an example takes seconds: shrinking would take hours
    )
    @given(model_sets(), model_sets())
    def round_trip(before: str, after: str) -> None:
        with server.fresh() as database, tempfile.TemporaryDirectory() as folder:
            project = project_with(Path(folder) / "project", database, before, migrate=migrated)
            if not migrated:
                push(project)
                assert "nothing to do" in push(project).out
            write_models(project, after)
            push(project, "--accept-data-loss")
            assert "nothing to do" in push(project).out
            try:
                history_later(project)
            except AssertionError:
                # Django may order AlterUniqueTogether before the AddField that it needs: such a history runs nowhere.
                with server.fresh() as other:
                    if project.on(other).manage("migrate", "--noinput").code:
                        reject()
                raise

    round_trip()
