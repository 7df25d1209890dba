"""`reconcile` on many databases: each plan is asked for once, tried on one, and carried out on all that have it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemaguard.commands.many import engine_of, examine, jobs_of, look, selected, with_progress
from schemaguard.commands.options import seconds
from schemaguard.exceptions import Refused
from schemaguard.fleet.choosing import Choosing, stopped
from schemaguard.fleet.reconciling import Reconciliation, chosen
from schemaguard.operations.requests import NOTHING
from schemaguard.report.base import repository_of
from schemaguard.report.many.base import few
from schemaguard.report.many.text import many_as_text, plan_lines, shown
from schemaguard.report.spans import EMPTY, Line
from schemaguard.schema.codes import Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from django.core.management.base import BaseCommand

    from schemaguard.commands.asking import Person
    from schemaguard.commands.output import Output
    from schemaguard.fleet.choosing import Answers, Group
    from schemaguard.fleet.results import Plan, Results
    from schemaguard.fleet.targets import Target
    from schemaguard.reconcile.plan.choosing.options import Options


FLAGS = ("--on-conflict", "--data-migrations")
EVER = "a person alone"
"""Beside the flags that were left open: choices without a flag are asked whatever was given."""


def reconcile_many(
    command: BaseCommand, options: dict[str, Any], output: Output, choices: Options, person: Person
) -> int:
    """0, 1 or 2: the worst of all targets."""
    asked = {
        "command": "reconcile",
        "choices": {**asdict(choices), "answers": ()},
        "rehearse": options["rehearse"],
        "accept_data_loss": options["accept_data_loss"],
        "lock_timeout": seconds("--lock-timeout", options["lock_timeout"]),
    }
    root = repository_of(Path.cwd())
    asks = options["interactive"] and not (options["dry_run"] or options["rehearse"] or options["plan_hash"])
    open_flags = [flag for flag in FLAGS if asks and options[flag.removeprefix("--").replace("-", "_")] is None]
    more = {"choices": asked["choices"], "asks": [*open_flags, *([EVER] if asks else [])]}
    results = examine(command, options, root, **more)
    results.of_reconcile = True
    answers: Mapping[Target, Answers] = {}
    if asks:

        def again(targets: Sequence[Target], given: Answers) -> None:
            choices_then = {**more["choices"], "answers": given}
            look(command, options, results, targets, root, anew=True, **{**more, "choices": choices_then})

        answers = Choosing(results, again, lambda group: _asked(person, group)).answers()
    plans = results.plans(answers, stopped(answers))
    if options["dry_run"]:
        _tell(output, results, options, [*_shown(results, plans)])
        return max(results.exit_code(Level.ERROR), int(bool(plans)))
    if options["plan_hash"] is not None:
        plans = list(chosen(plans, options["plan_hash"]))
        if not plans:
            raise Refused(f"no target has the plan {options['plan_hash']} now; {NOTHING}")
    elif options["interactive"] and not options["rehearse"]:
        plans = _agreed(person, results, plans)
    asked |= {"app_labels": list(dict.fromkeys(options["app_labels"])), "root": str(root)}
    work = Reconciliation(results, engine_of(options).run, asked, jobs_of(options["jobs"]))
    for plan in plans:
        for _ in with_progress(command, options, ([each] for each in work.carry_out(plan)), results):
            pass
    _tell(output, results, options, [])
    return results.exit_code(Level.ERROR)


def _asked(person: Person, group: Group) -> str:
    """One question, for all of a group."""
    names = [target.name for target in group.targets]
    person.say("")
    person.say(f"{len(names):,} with this question: {few(names)}" if len(names) > 1 else f"{names[0]}:")
    return person.choose(group.choices[0])


def _agreed(person: Person, results: Results, plans: list[Plan]) -> list[Plan]:
    """The plans that a person said yes to. Raises Refused where there are plans, and none of them was wanted."""
    agreed = []
    for plan in plans:
        person.show(list(_lines(results, plan)))
        if person.agrees(f"Carry this out on {len(plan.targets):,}? [y/N] "):
            agreed.append(plan)
    if plans and not agreed:
        raise Refused(NOTHING)
    return agreed


def _lines(results: Results, plan: Plan) -> Iterator[Line]:
    names = [target.name for target in plan.targets]
    yield from plan_lines(results.diagnosis(plan.targets[0]), names, plan.fingerprint)


def _shown(results: Results, plans: list[Plan]) -> Iterator[Line]:
    for plan in plans:
        yield EMPTY
        yield from _lines(results, plan)


def _tell(output: Output, results: Results, options: dict[str, Any], more: list[Line]) -> None:
    if options["format"] == "json":
        output.write_parts(results.document())
        return
    console = output.console()
    text = many_as_text(results.many(select=selected(options)), verbosity=options["verbosity"], console=console)
    output.write(text + shown(more, console))
