"""For any two sets of models: a push from one to the other, then makemigrations and reconcile, ends in sync.

SCHEMAGUARD_EXAMPLES is how many examples are run on each database (200), SCHEMAGUARD_SEED where they begin (0).
"""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.harness import Server, make_project
from tests.harness.commands import SET
from tests.harness.forkserver import AVAILABLE
from tests.push.model_sets import Change, changes, text
from tests.push.prototype import Prototype

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EXAMPLES = int(os.environ.get("SCHEMAGUARD_EXAMPLES", "200"))
SEED = int(os.environ.get("SCHEMAGUARD_SEED", "0"))
SHRINK = (Phase.shrink,) if os.environ.get("SCHEMAGUARD_SHRINK") else ()


@pytest.fixture
def prototype(server: Server, tmp_path: Path) -> Iterator[Prototype]:
    with server.fresh() as database:
        project = make_project(tmp_path / "project", apps={"shop": {"models": "", "migrations": {}}}, database=database)
        project.write("shop/migrations/__init__.py", "")
        process = Prototype(project.path, database, SET)
        yield process
        process.close()


@pytest.mark.long
@pytest.mark.skipif(not AVAILABLE, reason="needs fork")
@pytest.mark.parametrize("vendor", ["sqlite", "postgresql"], indirect=True)
def test_push_then_history(prototype: Prototype) -> None:
    ends: Counter[str] = Counter()

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, *SHRINK],
    )
    @given(changes(), st.booleans(), st.booleans())
    def round_trip(change: Change, migrated: bool, with_rows: bool) -> None:
        story = {
            "before": text(change.before),
            "after": text(change.after),
            "migrated": migrated,
            "rows": with_rows,
            "renames": change.renames,
            "models": [(old, new) for new, old in change.models.items()],
            "fields": [(model.lower(), old, new) for (model, new), old in change.fields.items()],
            "kept": change.kept(),
        }
        found = prototype.tell(story)
        ends[found["end"]] += 1
        assert found["end"] != "failed", f"{story['before']}\n{'-' * 80}\n{story['after']}\n{story}\n{found['told']}"

    round_trip()
    assert ends["in sync"] + ends["refused"] >= 0.95 * ends.total(), ends
    print(ends)
