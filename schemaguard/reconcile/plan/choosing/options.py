"""The choices of CONTRACT.md that change a plan, and the answers that a person gave beside them."""

from __future__ import annotations

from dataclasses import replace

from schemaguard.schema.values import value


@value(frozen=True, kw_only=True, slots=True)
class Options:
    """`answers` holds `(key of the choice, answer)`; the others go by `on_conflict` and `data_migrations`."""

    on_conflict: str = "stop"
    data_migrations: str = "infer"
    prune: bool = False
    migrate: bool = False
    answers: tuple[tuple[str, str], ...] = ()

    def answer(self, key: str) -> str | None:
        return dict(self.answers).get(key)

    def with_answer(self, key: str, answer: str) -> Options:
        return replace(self, answers=(*self.answers, (key, answer)))


DEFAULTS = Options()
