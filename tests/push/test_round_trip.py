# ruff: noqa: E501 (models in one line read better than folded ones)
"""Prototype first, history later: push, makemigrations, reconcile, migrate, and nothing is run twice."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import indent
from typing import TYPE_CHECKING

import pytest

from tests.harness import Database, rows
from tests.push.stories import history_later, project_with, push, schema, write_models

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Case:
    name: str
    before: str
    after: str
    argv: tuple[str, ...] = ()
    answers: str = ""


def model(body: str, name: str = "Thing") -> str:
    return f"class {name}(models.Model):\n{indent(body, '    ')}\n\n"


NAME = "name = models.CharField(max_length=50)\n"
TAG = model("label = models.CharField(max_length=20)", "Tag")


def meta(line: str) -> str:
    return f"class Meta:\n    {line}\n"


CASES = (
    Case(name="new model", before=model(NAME), after=model(NAME) + TAG),
    Case(
        name="new models that point at each other and at an old one",
        before=model(NAME),
        after=model(NAME)
        + model("b = models.ForeignKey('B', models.CASCADE, null=True, related_name='+')", "A")
        + model(
            "a = models.ForeignKey('A', models.CASCADE, related_name='+')\nthing = models.OneToOneField('Thing', models.CASCADE)\n"
            "me = models.ForeignKey('self', models.CASCADE, null=True)",
            "B",
        ),
    ),
    Case(
        name="new fields",
        before=model(NAME),
        after=model(
            NAME + "code = models.CharField(max_length=9, unique=True, null=True)\n"
            "slug = models.SlugField(default='')\nstock = models.PositiveIntegerField(default=3)\n"
            "price = models.DecimalField(max_digits=8, decimal_places=2, default=Decimal('1.50'))\n"
            "made = models.DateTimeField(auto_now_add=True, null=True)\nkey = models.UUIDField(default=uuid.uuid4)\n"
            "data = models.JSONField(default=dict)\nfile = models.BinaryField(null=True)\n"
            "parent = models.ForeignKey('self', models.CASCADE, null=True)\n"
        ),
    ),
    Case(
        name="altered types",
        before=model(
            NAME + "a = models.IntegerField()\nb = models.CharField(max_length=10)\nc = models.TextField(null=True)\n"
            "d = models.IntegerField(null=True)\ne = models.DecimalField(max_digits=5, decimal_places=1)\n"
            "f = models.CharField(max_length=30, unique=True)\ng = models.CharField(max_length=30, db_index=True)\n"
        ),
        after=model(
            NAME + "a = models.BigIntegerField()\nb = models.CharField(max_length=80)\n"
            "c = models.CharField(max_length=9, default='')\nd = models.CharField(max_length=20, null=True)\n"
            "e = models.DecimalField(max_digits=9, decimal_places=3)\nf = models.TextField(unique=True)\n"
            "g = models.IntegerField(db_index=True)\n"
        ),
    ),
    Case(
        name="nullability",
        before=model(NAME + "a = models.IntegerField(null=True)\nb = models.IntegerField()\n"),
        after=model(NAME + "a = models.IntegerField(default=7)\nb = models.IntegerField(null=True)\n"),
    ),
    Case(
        name="a type that cannot be cast",
        before=model(
            NAME + "a = models.BooleanField(default=True)\n" + meta("indexes = [models.Index(fields=['a'], name='i')]")
        ),
        after=model(
            NAME + "a = models.DateField(null=True)\n" + meta("indexes = [models.Index(fields=['a'], name='i')]")
        ),
        argv=("--accept-data-loss",),
    ),
    Case(
        name="a key that others point at changes its type",
        before=model("id = models.AutoField(primary_key=True)\n" + NAME)
        + model(
            "thing = models.ForeignKey(Thing, models.CASCADE)\nthings = models.ManyToManyField(Thing, related_name='+')",
            "User",
        ),
        after=model("id = models.BigAutoField(primary_key=True)\n" + NAME)
        + model(
            "thing = models.ForeignKey(Thing, models.CASCADE)\nthings = models.ManyToManyField(Thing, related_name='+')",
            "User",
        ),
    ),
    Case(
        name="removed fields and models",
        before=TAG
        + model(
            NAME + "a = models.IntegerField()\ntag = models.ForeignKey(Tag, models.CASCADE)\n"
            "b = models.CharField(max_length=9, unique=True)\n"
            + "class Meta:\n    unique_together = [('a', 'name')]\n    indexes = [models.Index(fields=['a'], name='i')]\n"
        ),
        after=model(NAME),
        argv=("--accept-data-loss",),
    ),
    Case(
        name="renamed field",
        before=TAG + model(NAME + "tag = models.ForeignKey(Tag, models.CASCADE)\n"),
        after=TAG + model("title = models.CharField(max_length=50)\nlabel = models.ForeignKey(Tag, models.CASCADE)\n"),
        argv=("--rename", "shop.thing.name:title", "--rename", "shop.thing.tag:label"),
        answers="y\ny\n",
    ),
    Case(
        name="renamed model",
        before=model(NAME + "friends = models.ManyToManyField('self')\n")
        + model(
            "thing = models.ForeignKey(Thing, models.CASCADE)\nthings = models.ManyToManyField(Thing, related_name='+')",
            "User",
        ),
        after=model(NAME + "friends = models.ManyToManyField('self')\n", "Article")
        + model(
            "thing = models.ForeignKey(Article, models.CASCADE)\nthings = models.ManyToManyField(Article, related_name='+')",
            "User",
        ),
        argv=("--rename", "shop.Thing:Article"),
        answers="y\n",
    ),
    Case(
        name="indexes come and go",
        before=model(
            "a = models.IntegerField(db_index=True)\nb = models.CharField(max_length=9)\nc = models.IntegerField()\n"
            "class Meta:\n    indexes = [models.Index(fields=['a', 'b'], name='one'), models.Index(fields=['c'], name='two')]\n"
        ),
        after=model(
            "a = models.IntegerField()\nb = models.CharField(max_length=9, db_index=True)\nc = models.IntegerField()\n"
            "class Meta:\n    indexes = [models.Index(fields=['-c', 'b'], name='two'),\n"
            "        models.Index(fields=['c'], name='part', condition=models.Q(c__gt=3)),\n"
            "        models.Index(models.functions.Lower('b'), name='lower')]\n"
        ).replace("models.functions", "functions"),
    ),
    Case(
        name="constraints come and go",
        before=model(
            "a = models.PositiveIntegerField()\nb = models.CharField(max_length=9, unique=True)\nc = models.IntegerField()\n"
            "class Meta:\n    unique_together = [('a', 'c')]\n"
            "    constraints = [models.UniqueConstraint(fields=['b', 'c'], name='u_bc'),\n"
            "        check(models.Q(c__gt=0), 'positive')]\n"
        ),
        after=model(
            "a = models.IntegerField()\nb = models.CharField(max_length=9)\nc = models.PositiveIntegerField(unique=True)\n"
            "class Meta:\n    unique_together = [('a', 'b')]\n"
            "    constraints = [models.UniqueConstraint(fields=['b'], condition=models.Q(c__gt=5), name='u_part'),\n"
            "        check(models.Q(c__gt=10), 'positive'), check(models.Q(a__lt=models.F('c')), 'less')]\n"
        ),
    ),
    Case(
        name="many-to-many fields",
        before=TAG
        + model(NAME + "old = models.ManyToManyField(Tag)\nsame = models.ManyToManyField(Tag, related_name='+')\n"),
        after=TAG
        + model(NAME + "new = models.ManyToManyField('self')\nsame = models.ManyToManyField(Tag, related_name='+')\n"),
        argv=("--accept-data-loss",),
    ),
    Case(
        name="the table of a model",
        before=model(NAME + "things = models.ManyToManyField('self')\n" + meta("db_table = 'things'")),
        after=model(NAME + "things = models.ManyToManyField('self')\n" + meta("db_table = 'other_things'")),
        argv=("--rename", "shop.Thing:Thing"),
    ),
    Case(
        name="the same unique twice",
        before=model("a = models.IntegerField(null=True)"),
        after=model(
            "a = models.IntegerField(null=True, unique=True)\n"
            + meta("constraints = [models.UniqueConstraint(fields=['a'], name='twice')]")
        ),
    ),
    Case(
        name="unique together beside a constraint that says the same",
        before=model(
            "a = models.IntegerField(null=True)\nb = models.IntegerField(null=True)\n"
            + meta("constraints = [models.UniqueConstraint(fields=['a', 'b'], name='first')]")
        ),
        after=model(
            "a = models.IntegerField(null=True)\nb = models.IntegerField(null=True)\n"
            "class Meta:\n    unique_together = [('a', 'b')]\n"
            "    constraints = [models.UniqueConstraint(fields=['a', 'b'], name='first')]\n"
        ),
    ),
    Case(
        name="inheritance",
        before=model(NAME),
        after=model(NAME) + "class Child(Thing):\n    extra = models.IntegerField(null=True)\n",
    ),
    Case(
        name="order with respect to",
        before=TAG + model(NAME + "tag = models.ForeignKey(Tag, models.CASCADE)\n"),
        after=TAG
        + model(NAME + "tag = models.ForeignKey(Tag, models.CASCADE)\n" + meta("order_with_respect_to = 'tag'")),
    ),
)

HELPERS = """\
from django.db.models import functions


def check(condition, name):
    import django

    return models.CheckConstraint(**{"condition" if django.VERSION >= (5, 1) else "check": condition}, name=name)


"""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
def test_round_trip(case: Case, database: Database, tmp_path: Path) -> None:
    project = project_with(tmp_path / "project", database, HELPERS + case.before)
    write_models(project, HELPERS + case.after)
    shown = push(project, "--dry-run", *case.argv).out
    before = schema(database)
    push(project, *case.argv)
    assert (schema(database) == before) == ("nothing to do" in shown), shown
    again = push(project)
    assert "nothing to do" in again.out, again
    history_later(project, answers=case.answers)
    assert "nothing to do" in push(project).out
    assert rows(database)
