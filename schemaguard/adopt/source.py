"""A draft as text: model code to append to a module, and a migration that makes the tables exactly as they are."""

from __future__ import annotations

import ast
import copy
from typing import TYPE_CHECKING, Any

from django.db.migrations import Migration, RunSQL, SeparateDatabaseAndState
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.operations import CreateModel
from django.db.migrations.questioner import MigrationQuestioner
from django.db.migrations.writer import MigrationWriter

from schemaguard.database import backend_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.state import ProjectState

    from schemaguard.adopt.draft import Draft

SHORTER = (
    ("django.db.models.deletion.", "models."),
    ("django.db.models.functions.", "models.functions."),
    ("django.db.models.expressions.", "models.expressions."),
)


def models_source(drafts: Iterable[Draft], before: str) -> str:
    """The module's text with the drafted models appended; its own text stays as it is."""
    imports: set[str] = set()
    classes = [_class(draft, imports) for draft in drafts]
    wanted = sorted(imports - {"from django.db import models", "import django.db.models.deletion"})
    wanted = [line for line in wanted if not line.startswith("import django.db.models.")]
    if not _has_models(before):
        wanted.append("from django.db import models")
    head = before.rstrip("\n")
    parts = ([head] if head else []) + (["\n".join(wanted)] if wanted else [])
    return "\n\n\n".join([*parts, *classes]) + "\n"


def _has_models(text: str) -> bool:
    """Whether the name `models` means django.db.models at the end of the module."""
    for node in ast.parse(text).body:
        if not isinstance(node, ast.ImportFrom) or node.module not in ("django.db", "django.contrib.gis.db"):
            continue
        if any(each.name == "models" and each.asname in (None, "models") for each in node.names):
            return True
    return False


def _class(draft: Draft, imports: set[str]) -> str:
    lines = [f"class {draft.name}(models.Model):"]
    if draft.not_owned:
        lines += [f"    # Unmanaged, since {draft.not_owned}."]
    for name, field in draft.fields.items():
        lines.append(f"    {name} = {_field(field, imports)}")
    lines += ["", "    class Meta:"]
    for option, value in draft.options.items():
        if isinstance(value, list) and option != "unique_together":
            lines.append(f"        {option} = [")
            lines += [f"            {_serialized(each, imports)}," for each in value]
            lines.append("        ]")
        else:
            lines.append(f"        {option} = {_serialized(value, imports)}")
    return "\n".join(lines)


def _field(field: Any, imports: set[str]) -> str:
    """As a person would write it."""
    plain = copy.copy(field)
    plain.serialize = True
    if field.remote_field is None:
        return _serialized(plain, imports)
    _, path, _, options = plain.deconstruct()
    del options["to"], options["on_delete"]
    more = "".join(f", {name}={_serialized(value, imports)}" for name, value in options.items())
    return f"models.{path.rpartition('.')[2]}({field.remote_field.model!r}, models.DO_NOTHING{more})"


def _serialized(value: Any, imports: set[str]) -> str:
    text, needed = MigrationWriter.serialize(value)
    imports.update(needed)
    for long, short in SHORTER:
        text = text.replace(long, short)
    return str(text)


# ---------------------------------------------------------------------------------------------------------- migration
def migration_of(
    connection: BaseDatabaseWrapper, loader: MigrationLoader, state: ProjectState, drafts: Sequence[Draft], label: str
) -> Migration:
    """The next migration of the app; CreateModel for what models say exactly, and else the server's own words."""
    after = state.clone()
    for draft in drafts:
        after.add_model(draft.state(label))
    first = "".join(each if each.isalnum() and each.isascii() else "_" for each in drafts[0].table.name.lower())
    name = f"adopt_{first}" + (f"_and_{len(drafts) - 1}_more" if len(drafts) > 1 else "")
    detector = MigrationAutodetector(
        state, after, MigrationQuestioner({"ask_initial": True}, specified_apps={label}, dry_run=True)
    )
    changes = detector.changes(
        graph=loader.graph, trim_to_apps={label}, convert_apps={label}, migration_name=name[:100]
    )
    migrations = changes[label]
    last: Any = migrations[0]
    operations = [operation for each in migrations for operation in each.operations]
    needed = {key for each in migrations for key in each.dependencies}
    last.dependencies = sorted(key for key in needed if key[0] != label or _on_disk(loader, key))
    if "adopt" not in last.name:  # Django calls an app's first one `0001_initial`, whatever it is asked for
        last.name = f"0001_{name[:100]}"
    last.operations = list(_by_sql(connection, operations, {draft.name.lower(): draft for draft in drafts}))
    return last  # type: ignore[no-any-return]


def _on_disk(loader: MigrationLoader, key: tuple[str, str]) -> bool:
    return key in (loader.disk_migrations or {})


def _by_sql(connection: BaseDatabaseWrapper, operations: Iterable[Any], drafts: dict[str, Draft]) -> Iterable[Any]:
    keys: list[str] = []
    for operation in operations:
        name = (operation.name if isinstance(operation, CreateModel) else operation.model_name).lower()
        draft = drafts[name]
        if not draft.by_sql:
            yield operation
            continue
        database = []
        if isinstance(operation, CreateModel):
            statements, later = backend_of(connection).table_definition(draft.table)
            keys += later
            drop = f"DROP TABLE {connection.ops.quote_name(draft.table.name)}"
            database.append(RunSQL([*statements], reverse_sql=drop))
        yield SeparateDatabaseAndState(database_operations=database, state_operations=[operation])
    if keys:
        yield RunSQL([*keys], reverse_sql=RunSQL.noop)


def migration_source(migration: Migration) -> str:
    return str(MigrationWriter(migration, include_header=False).as_string())
