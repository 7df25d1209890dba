"""What a history is about: the families of its fields, and how often each maker of operations is asked."""

from __future__ import annotations

from tests.explorer import fields

ALWAYS = {"create": 1, "add": 2, "remove": 1}
ALL = tuple(fields.FAMILIES)
THEMES: dict[str, tuple[tuple[str, ...], dict[str, int]]] = {
    "columns": (ALL, {"alter": 6, "rename": 2}),
    "indexes": (
        ("number", "text"),
        {
            "index": 3,
            "remove_index": 2,
            "rename_index": 1,
            "alter": 4,
            "rename": 2,
            "relate": 1,
            "alter_relation": 2,
            "sql": 1,
        },
    ),
    "constraints": (
        ("number", "text", "moment"),
        {"constraint": 4, "remove_constraint": 2, "alter": 4, "rename": 2, "together": 2, "rename_model": 1},
    ),
    "relations": (
        ("number", "text"),
        {"relate": 4, "alter_relation": 5, "rename": 2, "rename_model": 1, "together": 1, "delete": 1, "order": 1},
    ),
    "many": (
        ("number",),
        {"many": 4, "alter_many": 3, "rename_model": 2, "rename_table": 1, "rename": 2, "key": 2, "delete": 1},
    ),
    "keys": (
        ("number", "text"),
        {"key": 4, "relate": 4, "many": 2, "alter_relation": 2, "rename": 2, "child": 1, "rename_model": 1},
    ),
    "names": (
        ("number", "text"),
        {
            "rename_model": 3,
            "rename_table": 3,
            "rename": 3,
            "relate": 2,
            "many": 1,
            "index": 1,
            "together": 1,
            "delete": 1,
            "comment_table": 1,
            "apart": 1,
        },
    ),
    "apart": (("number", "text"), {"apart": 4, "alter": 2, "relate": 2, "index": 1, "rename": 2, "sql": 1, "code": 1}),
    "children": (
        ("number", "text"),
        {
            "child": 3,
            "key": 1,
            "rename_model": 2,
            "alter": 2,
            "relate": 2,
            "delete": 1,
            "rename": 1,
            "index": 1,
            "order": 1,
        },
    ),
    "all": (
        ALL,
        dict.fromkeys(
            (
                "alter",
                "rename",
                "relate",
                "alter_relation",
                "many",
                "alter_many",
                "key",
                "index",
                "remove_index",
                "rename_index",
                "constraint",
                "remove_constraint",
                "together",
                "rename_model",
                "rename_table",
                "delete",
                "child",
                "order",
                "apart",
                "sql",
                "computed",
                "comment_table",
            ),
            1,
        ),
    ),
    "computed": (("number", "text"), {"computed": 3, "alter": 3, "rename": 2, "index": 1, "constraint": 2}),
}
