"""The plan: what reconcile would do, in order, with the SQL of each step."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from schemaguard.diagnosis.model import Action, Diagnosis, PlanStep, Verdict
from schemaguard.diagnosis.wording import command_line, numbered
from schemaguard.report.formats.html.controls import command, copying_all, sql
from schemaguard.report.formats.html.icons import icon
from schemaguard.report.formats.html.tags import Html, tag
from schemaguard.report.formats.html.words import ACTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FOLD = 4
"""More fakes than this, one after the other, are one line that opens."""


def plan(diagnosis: Diagnosis) -> Html | None:
    """The section; None where there is nothing to do."""
    if not diagnosis.plan and not diagnosis.unmendable:
        return None
    steps = tag("ol", steps_of(diagnosis.plan), class_="steps") if diagnosis.plan else None
    statements = [each for step in diagnosis.plan for each in step.sql]
    reviewed = None
    if diagnosis.plan and diagnosis.plan_hash:
        line = command_line(diagnosis.database.alias, "schemaguard reconcile", "--plan-hash", diagnosis.plan_hash)
        reviewed = tag("div", tag("p", "This carries out exactly what stands here, and stops if it has changed:"),
                       command(line), class_="reviewed")  # fmt: skip
    return tag(
        "section",
        tag("h2", "Plan", tag("span", f" {len(diagnosis.plan)}", class_="count"), id="plan-title"),
        tag("p", _lead(diagnosis), class_="lead"),
        [tag("p", icon("error"), tag("b", "To be mended by hand first: "), each, class_="hazard")
         for each in diagnosis.unmendable],
        steps,
        reviewed,
        copying_all(f"Copy all {len(statements)} statements", ".steps code") if len(statements) > 1 else None,
        id="plan",
        aria_labelledby="plan-title",
    )  # fmt: skip


def _lead(diagnosis: Diagnosis) -> str:
    chosen = " What a person has to choose is no part of it." if diagnosis.verdict is Verdict.CONFLICT else ""
    return f"What reconcile does with its default options, in this order.{chosen} Nothing has been done yet."


def steps_of(steps: Sequence[PlanStep]) -> Iterator[Html]:
    number = 1
    for plain, group in groupby(steps, lambda each: each.action is Action.FAKE and not each.hazards and not each.sql):
        mine = list(group)
        if plain and len(mine) > FOLD:
            yield _fakes(mine, number)
        else:
            yield from (_step(each, number + index) for index, each in enumerate(mine))
        number += len(mine)


def _fakes(steps: Sequence[PlanStep], number: int) -> Html:
    first, last = steps[0], steps[-1]
    text = f"{numbered(len(steps), 'migration')}, from {first.app}.{first.name} to {last.app}.{last.name}"
    inner = tag("ol", [_step(each, number + index) for index, each in enumerate(steps)], class_="steps")
    numbers = tag("span", f"{number} to {number + len(steps) - 1}", class_="step-number")
    does = tag("span", steps[0].summary or ACTIONS[Action.FAKE], class_="does")
    summary = tag("summary", numbers, _action(Action.FAKE), tag("span", text), does)
    return tag("li", tag("details", summary, inner), class_="step folded")


def _action(action: Action) -> Html:
    return tag("span", action.value, class_=f"action a-{action.value}")


def _step(step: PlanStep, number: int) -> Html:
    name = f"{step.app}.{step.name}"
    title = tag(
        "div", tag("span", f"{number}", class_="step-number"), _action(step.action), tag("code", name),
        tag("span", step.summary or ACTIONS[step.action], class_="does"), class_="step-title",
    )  # fmt: skip
    hazards = [tag("p", icon("warning"), each.message, class_="hazard") for each in step.hazards]
    evidence = None
    if step.evidence:
        items = tag("ul", [tag("li", each) for each in step.evidence])
        evidence = tag("details", tag("summary", f"Evidence ({len(step.evidence)})"), items, class_="evidence")
    statements = sql(step.sql) if step.sql else None
    return tag("li", title, hazards, statements, evidence, class_="step", value=number)
