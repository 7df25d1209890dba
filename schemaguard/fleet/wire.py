"""What came out of a batch, as plain values: a text that several targets share is there once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemaguard.fleet.examining import Examined

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


def packed(found: Iterable[Examined]) -> dict[str, Any]:
    """As JSON can hold it."""
    texts: dict[str, int] = {}
    targets = []
    for each in found:
        body = None if each.body is None else texts.setdefault(each.body, len(texts))
        more = texts.setdefault(each.more, len(texts))
        targets.append({"database": dict(each.database), "body": body, "more": more, "error": each.error})
    return {"texts": list(texts), "targets": targets}


def unpacked(value: Mapping[str, Any]) -> Iterator[Examined]:
    texts = value["texts"]
    for each in value["targets"]:
        body = None if each["body"] is None else texts[each["body"]]
        yield Examined(each["database"], body, texts[each["more"]], each["error"])
