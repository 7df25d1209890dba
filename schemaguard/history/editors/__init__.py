"""What Django's schema editors do that the models do not say: one class for each kind of editor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.history.editors.altering import AlteringEditor
from schemaguard.history.editors.base import Editor, ModelChange
from schemaguard.history.editors.remaking import RemakingEditor
from schemaguard.history.editors.restating import RestatingEditor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.migrations.migration import Migration

    from schemaguard.history.shapes.tables import ShapeMaker
    from schemaguard.history.timelines import Timelines

__all__ = ["Editor", "ModelChange", "editor_of"]


def editor_of(maker: ShapeMaker, timelines: Timelines, migrations: Sequence[Migration]) -> Editor:
    """The one that is like the editor of a backend, for one walk through these migrations."""
    backend = maker.backend
    if backend.remakes_tables:
        return RemakingEditor(maker, timelines, migrations)
    if backend.restates_columns:
        return RestatingEditor(maker, timelines, migrations)
    return AlteringEditor(maker, timelines, migrations)
