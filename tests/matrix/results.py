"""What the run found: by cell, with the alterations that the tests try again and the known gaps; and its page."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.matrix.promises import SILENT
from tests.matrix.runner import Outcome, Trial

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

RESULTS = Path(__file__).with_name("results.json")
PAGE = Path(__file__).parents[2] / "docs" / "matrix.md"
Cell = tuple[str, str, str, str]
VENDORS = {"postgresql": "PostgreSQL", "sqlite": "SQLite", "mysql": "MariaDB"}
WORDS = {
    Outcome.MENDED: "mended by `reconcile`",
    Outcome.ALTERED: "mended with `--on-conflict alter`",
    Outcome.LOSSY: "mended with `--accept-data-loss`",
    Outcome.OTHERWISE: "mended with other options",
    Outcome.PAIR: "mended, the stranger shown",
    Outcome.BY_HAND: "mended after statements that the refusal names",
    Outcome.REFUSED: "refused, and says what to do",
    Outcome.SHOWN: "shown: a person decides",
    Outcome.SILENT: "silent on purpose",
    Outcome.NOT_TAKEN: "the server refuses it",
    Outcome.GAP: "**gap**",
}
HEAD = """\
# The matrix

What `check` and `reconcile` make of every single alteration: of each kind of thing in a database, dropped, added and
renamed, and with each of its attributes given another value, one at a time, on a copy of a clean database of
`testproject` with rows in every table. This page is made by `make alterations`, never by hand; `make test-long` tries
one alteration of each line again.

{servers}

- **mended**: `check` finds it on that thing, and finds nothing else. The command of its hint, with the options that a
  refusal of that command names, leaves no finding, the schema of a clean `migrate`, and every row.
- **mended after statements that the refusal names**: as mended, once a person has done what only a person can.
- **refused, and says what to do**: `check` finds it and nothing else. `reconcile` changes nothing, and names a step
  that a person can take.
- **mended, the stranger shown**: the one thing is missing, and another is there that no migration makes; for these two
  nothing tells that somebody made the one into the other. `reconcile` makes what is missing, and leaves the other.
- **shown**: `check` finds it and nothing else, and says what a person can do about it. No command mends it.
- **silent on purpose**: `check` says nothing, for the reason below.
- **the server refuses it**: the server takes no such alteration, so there is nothing to find.
- **gap**: one of these promises is not kept yet. The gaps are listed below.

A number says how many alterations ended so, where they did not all end the same.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Results:
    """`samples`: id → outcome, of each cell the first that the server takes; `gaps`: id → why."""

    servers: Mapping[str, str]
    django: str
    cells: Mapping[Cell, Mapping[Outcome, int]]
    samples: Mapping[str, Outcome]
    gaps: Mapping[str, str]
    generated: Mapping[Cell, int] = field(default_factory=dict)
    """How many alterations there are of each cell."""


def gathered(
    trials: Iterable[Trial], *, servers: Mapping[str, str], django: str, generated: Mapping[Cell, int]
) -> Results:
    cells: dict[Cell, Counter[Outcome]] = {}
    samples: dict[Cell, Trial] = {}
    gaps = {}
    for trial in trials:
        cell = trial.alteration.cell
        cells.setdefault(cell, Counter())[trial.outcome] += 1
        if cell not in samples or samples[cell].outcome is Outcome.NOT_TAKEN:
            if cell not in samples or trial.outcome is not Outcome.NOT_TAKEN:
                samples[cell] = trial
        if trial.outcome is Outcome.GAP:
            gaps[trial.alteration.id] = trial.why
    return Results(
        servers=servers,
        django=django,
        cells=cells,
        samples={trial.alteration.id: trial.outcome for _, trial in sorted(samples.items())},
        gaps=dict(sorted(gaps.items())),
        generated=generated,
    )


def beside(recorded: Results, found: Results) -> Results:
    """`found` on some servers, and what was recorded of the others."""
    vendors = found.servers.keys()
    names = tuple(f"{vendor} " for vendor in vendors)
    cells = {cell: each for cell, each in recorded.cells.items() if cell[3] not in vendors}
    samples = {name: each for name, each in recorded.samples.items() if not name.startswith(names)}
    gaps = {name: why for name, why in recorded.gaps.items() if not name.startswith(names)}
    return Results(
        servers={**recorded.servers, **found.servers},
        django=found.django,
        cells={**cells, **found.cells},
        samples={**samples, **found.samples},
        gaps=dict(sorted({**gaps, **found.gaps}.items())),
        generated={**{cell: recorded.generated[cell] for cell in cells}, **found.generated},
    )


def updated(results: Results, trials: Iterable[Trial], generated: Mapping[Cell, int]) -> Results:
    """With what became of alterations that are among the samples or the gaps, tried again, and of new sorts."""
    trials = list(trials)
    again = [trial for trial in trials if trial.alteration.cell in results.cells]
    cells = {cell: Counter(found) for cell, found in results.cells.items() if cell in generated}
    samples, gaps = dict(results.samples), dict(results.gaps)
    for trial in again:
        name, outcome = trial.alteration.id, trial.outcome
        before = Outcome.GAP if name in gaps else samples[name]
        cells[trial.alteration.cell] = cells[trial.alteration.cell] + Counter([outcome]) - Counter([before])
        gaps.pop(name, None)
        if outcome is Outcome.GAP:
            gaps[name] = trial.why
        if name in samples:
            samples[name] = outcome
    fresh = [trial for trial in trials if trial.alteration.cell not in results.cells]
    new = gathered(fresh, servers=results.servers, django=results.django, generated=generated)
    left = {" ".join((cell[3], *cell[:3])) for cell in cells}
    samples = {name: outcome for name, outcome in samples.items() if name.partition(": ")[0] in left}
    gaps = {name: why for name, why in gaps.items() if name.partition(": ")[0] in left}
    return replace(
        results,
        cells={**cells, **new.cells},
        samples={**samples, **new.samples},
        gaps=dict(sorted({**gaps, **new.gaps}.items())),
        generated=generated,
    )


def written(results: Results) -> str:
    cells = [
        {
            "cell": list(cell),
            "outcomes": {key.value: n for key, n in sorted(found.items())},
            "of": results.generated[cell],
        }
        for cell, found in sorted(results.cells.items())
    ]
    document = {
        "servers": results.servers,
        "django": results.django,
        "cells": cells,
        "samples": {key: value.value for key, value in results.samples.items()},
        "gaps": results.gaps,
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def write(results: Results) -> None:
    RESULTS.write_text(written(results), encoding="utf-8")
    PAGE.write_text(page(results), encoding="utf-8")


def read_results(path: Path = RESULTS) -> Results:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    cells: dict[Cell, dict[Outcome, int]] = {}
    generated: dict[Cell, int] = {}
    for each in document["cells"]:
        kind, attribute, way, vendor = each["cell"]
        cells[kind, attribute, way, vendor] = {Outcome(key): n for key, n in each["outcomes"].items()}
        generated[kind, attribute, way, vendor] = each["of"]
    return Results(
        servers=document["servers"],
        django=document["django"],
        cells=cells,
        samples={key: Outcome(value) for key, value in document["samples"].items()},
        gaps=document["gaps"],
        generated=generated,
    )


# -------------------------------------------------------------------------------------------------------- the page
def page(results: Results) -> str:
    tried = sum(sum(found.values()) for found in results.cells.values())
    servers = ", ".join(f"{VENDORS[vendor]} {version}" for vendor, version in results.servers.items())
    told = (
        f"On {servers}, Django {results.django}: {tried} alterations tried"
        f" of {sum(results.generated.values())} that there are, {len(results.cells)} sorts; {len(results.gaps)} gaps."
    )
    parts = [HEAD.format(servers=told)]
    rows = sorted({cell[:3] for cell in results.cells}, key=lambda row: (KINDS.index(row[0]), row[1:]))
    for kind, lines in groupby(rows, key=lambda row: row[0]):
        title = kind.replace("_", " ").capitalize()
        parts.append(f"\n## {title}\n\n| altered | {' | '.join(VENDORS.values())} |\n|---{'|---' * len(VENDORS)}|\n")
        for _, attribute, way in lines:
            found = [results.cells.get((kind, attribute, way, vendor), {}) for vendor in VENDORS]
            what = f"{attribute}: {way}" if way else attribute
            parts.append(f"| {what} | {' | '.join(map(_outcomes, found))} |\n")
    parts.append("\n## Silent on purpose\n\n| kind | altered | why |\n|---|---|---|\n")
    reasons: dict[tuple[str, str], set[str]] = {}
    for (kind, attribute, way, _), why in SILENT.items():
        what = attribute if way in ("", "*") else f"{attribute}: {way}"
        reasons.setdefault((what, why), set()).add(kind.replace("_", " "))
    parts += [f"| {', '.join(sorted(kinds))} | {what} | {why} |\n" for (what, why), kinds in reasons.items()]
    parts.append("\n## Gaps\n\n")
    if results.gaps:
        parts.append("| alteration | what is wrong |\n|---|---|\n")
        parts += [f"| {_cell(name)} | {_cell(why)} |\n" for name, why in results.gaps.items()]
    else:
        parts.append("None.\n")
    return "".join(parts)


KINDS = (
    "table", "column", "primary_key", "unique", "foreign_key", "check", "exclusion", "index", "sequence", "view",
    "trigger", "function", "rule", "extension", "collation", "type", "schema",
)  # fmt: skip


def _outcomes(found: Mapping[Outcome, int]) -> str:
    taken = {key: n for key, n in found.items() if key is not Outcome.NOT_TAKEN} or found
    if len(taken) == 1:
        return WORDS[next(iter(taken))]
    return "; ".join(
        f"{WORDS[key]} {n}" for key, n in sorted(taken.items(), key=lambda each: list(Outcome).index(each[0]))
    )


def _cell(text: str) -> str:
    short = text if len(text) <= 300 else f"{text[:299]}…"
    return short.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;").replace("*", "\\*")
