"""Strategies of hypothesis: a history of migrations, and a place in it where a database was left."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st

from tests.harness import migration

MODELS = ("Alpha", "Beta", "Gamma")
FIELDS = ("one", "two", "three")
KINDS = (
    "models.IntegerField(null=True)",
    "models.IntegerField(default=3)",
    "models.BigIntegerField(null=True)",
    "models.CharField(max_length=10, default='x')",
    "models.CharField(max_length=40, null=True, unique=True)",
    "models.CharField(max_length=40, null=True, db_index=True)",
    "models.TextField(null=True)",
    "models.BooleanField(default=False)",
)
KEY = "models.ForeignKey('shop.{}', models.CASCADE, null=True, related_name='+')"
MANY = "models.ManyToManyField('shop.{}', related_name='+')"


@dataclass
class Told:
    """A history as it is told: what stands, and the operations so far."""

    models: dict[str, dict[str, str]] = field(default_factory=dict)
    indexes: dict[str, tuple[str, str]] = field(default_factory=dict)
    together: dict[str, tuple[str, ...]] = field(default_factory=dict)
    views: dict[str, str] = field(default_factory=dict)
    """Of each view, its model: nothing of that model is altered while the view stands."""
    raw: dict[str, str] = field(default_factory=dict)
    """Of each table that SQL alone has made, the name of its index, or an empty one."""
    tables: dict[str, str] = field(default_factory=dict)
    """Of each model whose table was given a name, that name."""
    named: int = 0
    mysql: bool = False
    """Then no index is over a text, and a key's own index stays."""


@dataclass(frozen=True)
class Left:
    """`files` by name; the database holds `whole` migrations and `half` operations more; `lost` are not recorded.

    `bare`: every index that is no constraint was dropped by hand.
    """

    files: dict[str, str]
    whole: int
    half: int
    lost: frozenset[int]
    bare: bool


@st.composite
def places(draw: st.DrawFn, *, mysql: bool = False) -> Left:
    """`mysql`: histories that MySQL and MariaDB can run, too; its indexes are never dropped by hand."""
    told = Told(mysql=mysql)
    files: dict[str, str] = {}
    sizes: list[int] = []
    for number in range(draw(st.integers(2, 6))):
        operations = [_operation(draw, told) for _ in range(draw(st.integers(1, 3)))]
        after = [("shop", sorted(files)[-1])] if files else []
        files[f"{number:04}_step"] = migration("\n".join(f"{each}," for each in operations), after=after)
        sizes.append(len(operations))
    whole = draw(st.integers(0, len(files)))
    half = draw(st.integers(0, sizes[whole] - 1)) if whole < len(files) else 0
    lost = draw(
        st.one_of(
            st.just(frozenset[int]()),
            st.just(frozenset(range(whole))),
            st.integers(0, max(whole - 1, 0)).map(lambda first: frozenset(range(first, whole))),
            st.integers(0, max(whole - 1, 0)).map(lambda one: frozenset({one} if whole else ())),
        )
    )
    # Where records were lost, a half that is there cannot be told from a whole that a later one undid in part.
    return Left(files, whole, 0 if lost else half, lost, bare=not mysql and draw(st.integers(0, 3)) == 0)


def _operation(draw: st.DrawFn, told: Told) -> str:
    makers = [_create] if len(told.models) < len(MODELS) else []
    makers += [_raw_table, _raw_part, _raw_drop] if told.raw else [_raw_table]
    if told.models:
        makers += [_view]
    if told.views:
        makers += [_drop_view, _drop_view, _replace_view]
    if _free_models(told):
        makers += [_add, _add, _key, _many, _index, _rename_model, _rename_table, _delete, _raw_index, _code]
    if any(_columns(told, each) for each in _free_models(told)):
        makers += [_remove, _alter, _rename_field, _together]
    if told.indexes:
        makers += [_remove_index]
    operation = draw(st.sampled_from(makers))(draw, told)
    if draw(st.integers(0, 9)) or not operation.startswith(("migrations.Add", "migrations.Remove")):
        return operation
    return f"migrations.SeparateDatabaseAndState([{operation}], [{operation}])"


def _model(draw: st.DrawFn, told: Told, *, with_fields: bool = False) -> str:
    return draw(st.sampled_from([name for name in _free_models(told) if _columns(told, name) or not with_fields]))


def _columns(told: Told, model: str) -> list[str]:
    """The fields that have a column."""
    return [name for name, kind in told.models[model].items() if "ManyToMany" not in kind]


def _indexable(told: Told, model: str) -> list[str]:
    return [each for each in _columns(told, model) if not (told.mysql and "TextField" in told.models[model][each])]


def _table(told: Told, model: str) -> str:
    return told.tables.get(model, f"shop_{model.lower()}")


def _free_models(told: Told) -> list[str]:
    """Those under which no view stands, nor under one that points at them."""
    bound = set(told.views.values())
    return [each for each in told.models if each not in bound]


def _free(told: Told, model: str) -> list[str]:
    return [each for each in FIELDS if each not in told.models[model]]


def _pointed_at(told: Told, model: str) -> bool:
    return any(f"'shop.{model}'" in kind for fields in told.models.values() for kind in fields.values())


def _create(draw: st.DrawFn, told: Told) -> str:
    name = draw(st.sampled_from([each for each in MODELS if each not in told.models]))
    fields = {each: draw(st.sampled_from(KINDS)) for each in draw(st.sets(st.sampled_from(FIELDS), max_size=2))}
    told.models[name] = dict(sorted(fields.items()))
    listed = "".join(f", ({each!r}, {kind})" for each, kind in told.models[name].items())
    return f"migrations.CreateModel({name!r}, [('id', models.BigAutoField(primary_key=True)){listed}])"


def _add(draw: st.DrawFn, told: Told) -> str:
    model = _model(draw, told)
    free = _free(told, model)
    if not free:
        return _nothing(model)
    name = draw(st.sampled_from(free))
    told.models[model][name] = draw(st.sampled_from(KINDS))
    return f"migrations.AddField({model!r}, {name!r}, {told.models[model][name]})"


def _key(draw: st.DrawFn, told: Told) -> str:
    model, target = _model(draw, told), _model(draw, told)
    free = _free(told, model)
    if not free:
        return _nothing(model)
    name = draw(st.sampled_from(free))
    told.models[model][name] = KEY.format(target)
    return f"migrations.AddField({model!r}, {name!r}, {told.models[model][name]})"


def _many(draw: st.DrawFn, told: Told) -> str:
    model, target = _model(draw, told), _model(draw, told)
    free = _free(told, model)
    if not free:
        return _nothing(model)
    name = draw(st.sampled_from(free))
    told.models[model][name] = MANY.format(target)
    return f"migrations.AddField({model!r}, {name!r}, {told.models[model][name]})"


def _remove(draw: st.DrawFn, told: Told) -> str:
    model = _model(draw, told, with_fields=True)
    name = draw(st.sampled_from(_columns(told, model)))
    if _is_used(told, model, name):
        return _nothing(model)
    del told.models[model][name]
    return f"migrations.RemoveField({model!r}, {name!r})"


def _alter(draw: st.DrawFn, told: Told) -> str:
    model = _model(draw, told, with_fields=True)
    name = draw(st.sampled_from(_columns(told, model)))
    wider = {KINDS[0]: KINDS[2], KINDS[4]: KINDS[5], KINDS[5]: KINDS[6], KINDS[1]: KINDS[0], KINDS[3]: KINDS[4]}
    kind = wider.get(told.models[model][name])
    if kind is None or (_is_used(told, model, name) and ("unique" in kind or told.mysql)):
        return _nothing(model)
    told.models[model][name] = kind
    return f"migrations.AlterField({model!r}, {name!r}, {kind})"


def _rename_field(draw: st.DrawFn, told: Told) -> str:
    model = _model(draw, told, with_fields=True)
    free = _free(told, model)
    name = draw(st.sampled_from(_columns(told, model)))
    if not free or _is_used(told, model, name):
        return _nothing(model)
    new = draw(st.sampled_from(free))
    told.models[model][new] = told.models[model].pop(name)
    return f"migrations.RenameField({model!r}, {name!r}, {new!r})"


def _rename_model(draw: st.DrawFn, told: Told) -> str:
    model = _model(draw, told)
    free = [each for each in MODELS if each not in told.models]
    if not free:
        return _nothing(model)
    new = draw(st.sampled_from(free))
    told.models[new] = told.models.pop(model)
    for fields in told.models.values():
        fields.update({name: kind.replace(f"'shop.{model}'", f"'shop.{new}'") for name, kind in fields.items()})
    told.indexes = {name: (new if of == model else of, over) for name, (of, over) in told.indexes.items()}
    if model in told.together:
        told.together[new] = told.together.pop(model)
    if model in told.tables:
        told.tables[new] = told.tables.pop(model)
    return f"migrations.RenameModel({model!r}, {new!r})"


def _delete(draw: st.DrawFn, told: Told) -> str:
    model = _model(draw, told)
    if _pointed_at(told, model):
        return _nothing(model)
    del told.models[model]
    told.indexes = {name: each for name, each in told.indexes.items() if each[0] != model}
    told.together.pop(model, None)
    told.tables.pop(model, None)
    return f"migrations.DeleteModel({model!r})"


def _index(draw: st.DrawFn, told: Told) -> str:
    model = _model(draw, told)
    if not _indexable(told, model):
        return _nothing(model)
    over = draw(st.sampled_from(_indexable(told, model)))
    told.named += 1
    name = f"shop_i{told.named}"
    told.indexes[name] = (model, over)
    return f"migrations.AddIndex({model!r}, models.Index(fields=[{over!r}], name={name!r}))"


def _remove_index(draw: st.DrawFn, told: Told) -> str:
    name = draw(st.sampled_from(sorted(told.indexes)))
    model, _ = told.indexes.pop(name)
    return f"migrations.RemoveIndex({model!r}, {name!r})"


def _together(draw: st.DrawFn, told: Told) -> str:
    model = _model(draw, told, with_fields=True)
    if model in told.together:
        del told.together[model]
        return f"migrations.AlterUniqueTogether({model!r}, set())"
    fields = tuple(_indexable(told, model))[:2]
    if len(fields) < 2:
        return _nothing(model)
    told.together[model] = fields
    return f"migrations.AlterUniqueTogether({model!r}, {{{fields!r}}})"


def _run_sql(*statements: str) -> str:
    return f"migrations.RunSQL({'; '.join(statements)!r})"


def _view(draw: st.DrawFn, told: Told) -> str:
    model = draw(st.sampled_from(list(told.models)))
    told.named += 1
    name = draw(st.sampled_from([f"shop_v{told.named}", "shop_v"]))
    if name in told.views:
        return _nothing(model)
    told.views[name] = model
    return _run_sql(f"CREATE VIEW {name} AS SELECT id FROM {_table(told, model)}")


def _drop_view(draw: st.DrawFn, told: Told) -> str:
    name = draw(st.sampled_from(sorted(told.views)))
    del told.views[name]
    return _run_sql(f"DROP VIEW {draw(st.sampled_from(['', 'IF EXISTS ']))}{name}")


def _replace_view(draw: st.DrawFn, told: Told) -> str:
    name = draw(st.sampled_from(sorted(told.views)))
    told.views[name] = draw(st.sampled_from(list(told.models)))
    told.named += 1
    what = f"SELECT id, {told.named} AS number FROM {_table(told, told.views[name])}"
    return _run_sql(f"DROP VIEW {name}", f"CREATE VIEW {name} AS {what}")


def _rename_table(draw: st.DrawFn, told: Told) -> str:
    model = _model(draw, told)
    told.named += 1
    told.tables[model] = f"shop_t{told.named}"
    return f"migrations.AlterModelTable({model!r}, {told.tables[model]!r})"


def _raw_index(draw: st.DrawFn, told: Told) -> str:
    """On the table of a model, of which the models know nothing: SQLite's editor loses it with the next alteration."""
    told.named += 1
    return _run_sql(f"CREATE INDEX shop_y{told.named} ON {_table(told, _model(draw, told))} (id)")


def _code(draw: st.DrawFn, told: Told) -> str:
    del draw, told
    return "migrations.RunPython(migrations.RunPython.noop)"


def _raw_table(draw: st.DrawFn, told: Told) -> str:
    told.named += 1
    name = draw(st.sampled_from([f"shop_r{told.named}", "shop_r"]))
    if name in told.raw:
        return _raw_drop(draw, told)
    told.raw[name] = ""
    return _run_sql(f"CREATE TABLE {name} (id integer PRIMARY KEY, note varchar(9))")


def _raw_part(draw: st.DrawFn, told: Told) -> str:
    name = draw(st.sampled_from(sorted(told.raw)))
    told.named += 1
    index, told.raw[name] = told.raw[name], ""
    if index:
        return _run_sql(f"DROP INDEX {index}" + (f" ON {name}" if told.mysql else ""))
    if draw(st.booleans()):
        return _run_sql(f"ALTER TABLE {name} ADD COLUMN more{told.named} integer")
    told.raw[name] = f"shop_x{told.named}"
    return _run_sql(f"CREATE INDEX {told.raw[name]} ON {name} (note)")


def _raw_drop(draw: st.DrawFn, told: Told) -> str:
    name = draw(st.sampled_from(sorted(told.raw)))
    del told.raw[name]
    return _run_sql(f"DROP TABLE {name}")


def _is_used(told: Told, model: str, name: str) -> bool:
    return (model, name) in told.indexes.values() or name in told.together.get(model, ())


def _nothing(model: str) -> str:
    """An operation that no database sees."""
    return f"migrations.AlterModelOptions({model!r}, {{'verbose_name': 'thing'}})"
