"""What a third party's `database_forwards`, or a migration's own `apply`, does with the method that it overrides.

The code is read and not run: which ways lead through it, and whether the method of Django's is called on them.
Conditions on the database at hand (its vendor, its features) and on the settings are decided, others go either way.
"""

from __future__ import annotations

import ast
import inspect
import operator
from contextlib import suppress
from functools import lru_cache
from textwrap import dedent
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import Error
from django.db.migrations.migration import Migration
from django.db.migrations.operations import DeleteModel, RemoveField

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.migrations.operations.base import Operation

OF_A_CONNECTION = frozenset({"alias", "display_name", "features", "settings_dict", "vendor"})
ROUTERS = frozenset({"allow_migrate", "allow_migrate_model"})
"""What the routers say is asked for where a migration is walked. These calls count as a yes."""
OF_TEXTS = frozenset({"endswith", "lower", "startswith"})
SPEAKERS = frozenset({"log", "logger", "logging", "print", "warnings"})
"""What such a name calls tells people something, and does nothing to the database."""
COMPARED: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda one, other: one in other,
    ast.NotIn: lambda one, other: one not in other,
}
NOTHING, SOMETHING, THE_METHOD = range(3)
"""What was called on a way so far."""


def has_own_apply(migration: Migration) -> bool:
    """Whether it is for a migration's class to say what is run of its operations, and how."""
    return type(migration).apply is not Migration.apply


def may_run_nothing(migration: Migration, connection: BaseDatabaseWrapper) -> bool:
    """Whether a migration's class has an `apply` of its own with a way out on which it leaves its operations be."""
    if not has_own_apply(migration):
        return False
    function: Any = type(migration).apply
    return _read(function) is not None and calls(function, "apply", connection) is not True


def does_what_it_says(operation: Operation, connection: BaseDatabaseWrapper) -> bool | None:
    """False for one that does nothing to this database, None where nobody can say.

    A third party's operation that does all by itself is believed, unless its code calls nothing at all, or is to take a
    field or a model away: it may put the drop off.
    """
    takes_away = isinstance(operation, RemoveField | DeleteModel)
    kinds: tuple[Any, ...] = type(operation).__mro__
    for writer in (parent for parent in kinds if "database_forwards" in vars(parent)):
        if writer.__module__.startswith("django."):
            return True
        body = _read(writer.database_forwards)
        called = [each for each in ast.walk(body) if isinstance(each, ast.Call)] if body is not None else []
        if not any(_is_call_of("database_forwards", each) for each in called):
            return None if takes_away or (body is not None and not called) else True
        if (said := calls(writer.database_forwards, "database_forwards", connection)) is not True:
            return said
    return True


def calls(function: Any, name: str, connection: BaseDatabaseWrapper) -> bool | None:
    """Whether a function calls a method of that name: True on every way, False if there nothing at all is called."""
    body = _read(function)
    if body is None:
        return None
    outcomes = _Ways(name, connection, getattr(function, "__globals__", {})).through(body)
    return {frozenset({THE_METHOD}): True, frozenset({NOTHING}): False}.get(frozenset(outcomes))


@lru_cache(maxsize=512)
def _read(function: Any) -> ast.FunctionDef | None:
    try:
        (found,) = ast.parse(dedent(inspect.getsource(function))).body
    except (OSError, TypeError, SyntaxError, ValueError):
        return None
    return found if isinstance(found, ast.FunctionDef) else None


def _is_call_of(name: str, node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name


class _Unknown(Exception):
    """The value is known only when the code runs."""


class _Ways:
    """Goes all the ways through a function. A set says what may have been called by then, a number for each way."""

    def __init__(self, name: str, connection: BaseDatabaseWrapper, names: Mapping[str, Any]) -> None:
        self.name = name
        self.connection = connection
        self.names = dict(names)
        self.ended: set[int] = set()

    def through(self, function: ast.FunctionDef) -> set[int]:
        for each in function.args.args:
            self.names.pop(each.arg, None)
        return self._block(function.body, {NOTHING}) | self.ended

    def _block(self, statements: Iterable[ast.stmt], ways: set[int]) -> set[int]:
        for each in statements:
            ways = self._statement(each, ways)
        return ways

    def _statement(self, statement: ast.stmt, ways: set[int]) -> set[int]:
        match statement:
            case ast.Return():
                self.ended |= self._called(statement, ways)
                return set()
            case ast.Raise():
                return set()
            case ast.If(test, body, orelse):
                sides = [body, orelse]
                with suppress(_Unknown):
                    sides = [body if self._value(test) else orelse]
                return set().union(*(self._block(side, set(ways)) for side in sides))
            case ast.With(_, body):
                return self._block(body, ways)
            case ast.For(_, _, body, orelse) | ast.While(_, body, orelse):
                return self._block(orelse, ways | self._block(body, set(ways)))
            case ast.Try(body, handlers, orelse, finalbody):
                ways = self._block(orelse, self._block(body, set(ways))).union(
                    *(self._block(each.body, set(ways)) for each in handlers)
                )
                return self._block(finalbody, ways)
            case ast.Assign([ast.Name(name)], value):
                self._assign(name, value)
        return self._called(statement, ways)

    def _assign(self, name: str, value: ast.expr) -> None:
        try:
            self.names[name] = self._value(value)
        except _Unknown:
            self.names.pop(name, None)

    def _called(self, statement: ast.stmt, ways: set[int]) -> set[int]:
        """What an assignment calls is asked for, and not done."""
        found = [each for each in ast.walk(statement) if isinstance(each, ast.Call)]
        if any(_is_call_of(self.name, each) for each in found):
            return {THE_METHOD for _ in ways}
        if isinstance(statement, ast.Expr) and not all(_root(each) in SPEAKERS for each in found):
            return {max(way, SOMETHING) for way in ways}
        return ways

    def _value(self, node: ast.expr) -> Any:
        """Raises _Unknown."""
        try:
            return self._evaluated(node)
        except (LookupError, TypeError, ValueError, Error):  # of values that do not fit, or of the server
            raise _Unknown from None

    def _evaluated(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value):
                return value
            case ast.Tuple(elements) | ast.List(elements) | ast.Set(elements):
                return [self._value(each) for each in elements]
            case ast.Name(name):
                return self._named(name)
            case ast.Attribute(_, "connection"):
                return self.connection
            case ast.Attribute(of, name):
                return self._attribute(self._value(of), name)
            case ast.Subscript(of, key):
                return self._value(of)[self._value(key)]
            case ast.Compare(one, [how], [other]) if type(how) in COMPARED:
                return COMPARED[type(how)](self._value(one), self._value(other))
            case ast.UnaryOp(ast.Not(), operand):
                return not self._value(operand)
            case ast.BoolOp(how, values):
                return self._either(values, decides=isinstance(how, ast.Or))
            case ast.Call(ast.Attribute(_, name)) if name in ROUTERS:
                return True
            case ast.Call(ast.Attribute(of, name), arguments, []) if name in OF_TEXTS:
                text = self._value(of)
                if isinstance(text, str):
                    return getattr(text, name)(*map(self._value, arguments))
        raise _Unknown

    def _either(self, values: Iterable[ast.expr], *, decides: bool) -> bool:
        """One value that decides is enough, whatever the others are."""
        unknown = False
        for each in values:
            try:
                if bool(self._value(each)) is decides:
                    return decides
            except _Unknown:
                unknown = True
        if unknown:
            raise _Unknown
        return not decides

    def _named(self, name: str) -> Any:
        if name not in self.names:
            raise _Unknown
        found = self.names[name]
        if name == "connection":  # that of django.db
            return self.connection
        if found is settings or isinstance(found, str | int | float | list | tuple | set | frozenset | dict | None):
            return found
        if found is self.connection or found is self.connection.features:
            return found
        raise _Unknown

    def _attribute(self, of: Any, name: str) -> Any:
        known = name in OF_A_CONNECTION if of is self.connection else of is self.connection.features or of is settings
        if not known or not hasattr(of, name):
            raise _Unknown
        return getattr(of, name)


def _root(call: ast.Call) -> str | None:
    """The name with which what is called begins: `logger` of `logger.info(…)`."""
    node: ast.AST = call
    while isinstance(node, ast.Call | ast.Attribute | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None
