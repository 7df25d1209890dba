"""Batches worked off by the workers of the project's own Celery application, on whatever machine they are.

A task is acknowledged when it is done, so that a broker gives it to another worker where the first one dies. Some
brokers do that after an hour only (the visibility timeout of Redis). So what no living worker has, after a while in
which nothing was heard, is given out once more. Whichever answer comes first counts.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from schemaguard.exceptions import CannotStart
from schemaguard.failures import told
from schemaguard.fleet.examining import Examined
from schemaguard.fleet.wire import unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from schemaguard.fleet.targets import Batch

WAITING = 200
"""Batches that are handed out at a time: the results wait in the backend, where they take memory."""
SILENCE = 10.0
"""Seconds without any result, after which it is asked who is at work."""
TRIES = 6
PAUSE = 0.05
NO_WORKER = "no worker of the project's Celery application answers: start one, or use --engine local"


def run(batches: Sequence[Batch], options: Mapping[str, Any], jobs: int) -> Iterator[Sequence[Examined]]:
    """What came out of each batch. `jobs` is up to the workers here. Raises CannotStart where there are none."""
    del jobs
    app = application()
    waiting: dict[Batch, list[Any]] = {}
    coming = iter(batches)
    heard, silences = time.monotonic(), 0
    while True:
        while len(waiting) < WAITING:
            batch = next(coming, None)
            if batch is None:
                break
            waiting[batch] = [_handed_out(batch, options)]
        if not waiting:
            return
        answered = [batch for batch, results in waiting.items() if any(each.ready() for each in results)]
        for batch in answered:
            yield _answer(batch, waiting.pop(batch))
        if answered:
            heard, silences = time.monotonic(), 0
        elif time.monotonic() - heard > SILENCE:
            silences += 1
            heard = time.monotonic()
            _hand_out_again(app, waiting, options, silences)
        else:
            time.sleep(PAUSE)


def application() -> Any:
    """The project's own. Raises CannotStart where there is none that could answer."""
    try:
        from celery import current_app
        from celery.backends.base import DisabledBackend
    except ImportError:
        raise CannotStart('--engine celery needs Celery: pip install "django-schemaguard[celery]"') from None
    if not current_app.conf.broker_url and current_app.main in (None, "default"):
        raise CannotStart("--engine celery: the project has no Celery application, or its package does not import it")
    if isinstance(current_app.backend, DisabledBackend):
        raise CannotStart("--engine celery: the Celery application has no result_backend, so that no answer comes back")
    return current_app


def _handed_out(batch: Batch, options: Mapping[str, Any]) -> Any:
    from schemaguard.fleet.tasks import work

    try:
        return work.apply_async((batch.as_value(), dict(options)), retry=False)
    except Exception as error:
        raise CannotStart(f"--engine celery: the broker does not answer: {told(error)}") from error


def _answer(batch: Batch, results: Sequence[Any]) -> Sequence[Examined]:
    done = next(each for each in results if each.ready())
    try:
        return list(unpacked(done.get(timeout=60)))
    except Exception as error:  # noqa: BLE001 (a batch that failed ends none of the others)
        return [
            Examined({"alias": batch.alias, "schema": name}, None, error=told(error, batch.alias))
            for name in batch.schemas or (None,)
        ]
    finally:
        for each in results:
            each.forget()


def _hand_out_again(app: Any, waiting: Mapping[Batch, list[Any]], options: Mapping[str, Any], silences: int) -> None:
    """What no living worker has. Raises CannotStart where nobody has been there for long."""
    known = _at_work(app)
    if known is None:
        if silences >= TRIES:
            raise CannotStart(f"--engine celery: {NO_WORKER}")
        return
    for batch, results in waiting.items():
        if len(results) < TRIES and not any(each.id in known for each in results):
            results.append(_handed_out(batch, options))


def _at_work(app: Any) -> set[str] | None:
    """The tasks that the living workers have, begun or not; None where no worker answers."""
    inspect = app.control.inspect(timeout=2)
    active, reserved = inspect.active(), inspect.reserved()
    if active is None and reserved is None:
        return None
    every = [*(active or {}).values(), *(reserved or {}).values()]
    return {task["id"] for tasks in every for task in tasks}
