"""The cheapest story: which operations ran, by the live schema, the records and the order of the history.

Every operation is a question, 'did it run?', and so is every migration, 'did all of it run?'. What a story does not
explain costs points (`evidence`). Each cost is about one question, or about a pair of which one is answered with yes
and the other with no. So the cheapest story is a minimum cut (`cut`), and no rule has to come before another.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from schemaguard.history.object_timeline import AnyTimeline, ColumnTimeline, Op, TableTimeline
from schemaguard.location import evidence as weights
from schemaguard.location.cut import Questions
from schemaguard.schema.values import value

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

Event = tuple[int, int | None]
"""What may have run: an operation, or (position of a migration, None), which is all of it."""


@value(frozen=True, slots=True)
class Chapter:
    """A migration, as far as a story needs it. `parents` are the positions of those that it directly depends on.

    `visible`: something of it can be seen in a catalog.
    `unseen_code`: it runs code that nobody can read, and nothing of it can be seen.
    `stopped`: the records stop right before it, so that a run may have been interrupted in it.
    `noted`: by the notes of the run itself, how many operations ran, and the first without a trace that had not begun.
    `answer`: whether it ran, where a person has said so.
    """

    parents: tuple[int, ...]
    size: int
    recorded: bool
    visible: bool = True
    unseen_code: bool = False
    stopped: bool = False
    noted: tuple[int, int] | None = None
    answer: bool | None = None


@value(frozen=True, slots=True)
class Story:
    """What ran, and what this story costs in points. `unexplained` is the cost without that of lost records.

    `close`: the positions of migrations without a record of which another story, nearly as cheap, says the opposite.
    """

    ran: frozenset[Event]
    cost: int
    unexplained: int
    close: frozenset[int] = frozenset()

    def has_run(self, migration: int) -> bool:
        """Whether all of it ran."""
        return (migration, None) in self.ran

    def has_begun(self, migration: int) -> bool:
        """Whether anything of it ran."""
        return (migration, 0) in self.ran or self.has_run(migration)

    def step_of(self, timeline: AnyTimeline) -> int:
        """The step that an object has come to."""
        return timeline.last_step(self.ran.__contains__)


def whole(sizes: Sequence[int]) -> Story:
    """Everything ran, and that explains all. `sizes`: how many operations each migration has."""
    operations = ((m, o) for m, size in enumerate(sizes) for o in range(size))
    return Story(frozenset[Event]([*operations, *((m, None) for m in range(len(sizes)))]), 0, 0)


def cheapest(chapters: Sequence[Chapter], costs: Mapping[AnyTimeline, Sequence[int]]) -> Story:
    """The story of least cost. `costs`: of each timeline, what it costs that the object stands at each step."""
    questions: Questions[Event] = Questions()
    doubts = _doubts(chapters, costs)
    for position in range(len(chapters)):
        _ask_of_migration(questions, position, chapters, doubts)
    base = 0
    remade: set[int] = set()
    for timeline, by_step in costs.items():
        base += min(by_step)
        if max(by_step) > min(by_step):
            _ask_of_object(questions, timeline, by_step)
        remade |= _remade(questions, timeline, by_step, chapters)
    for migration in remade:
        questions.cost_of_no((migration, None), weights.REMADE)
    ran = questions.cheapest()
    cost = base + questions.cost(ran)
    lost = sum(_lost_record(each) for m, each in enumerate(chapters) if (m, None) in ran and not each.recorded)
    return Story(ran, cost, cost - lost, frozenset(_close(questions, chapters, ran, _seen(costs))))


def _close(
    questions: Questions[Event], chapters: Sequence[Chapter], ran: frozenset[Event], seen: Collection[Op]
) -> Iterator[int]:
    """The migrations of which nobody can say for sure whether they ran: each answer is made a little dearer.

    One of which nothing can be seen goes by its surroundings, and is left out. So is one of which the other story says
    no more than that its run stopped after all that can be seen of it.
    """
    asked = [m for m, each in enumerate(chapters) if each.visible and not each.recorded and each.answer is None]
    for m in asked:
        costs = questions.cost_of_yes if (m, None) in ran else questions.cost_of_no
        costs((m, None), weights.CLOSE)
    other = questions.cheapest() if asked else ran
    differs = {op[0] for op in seen if (op in ran) is not (op in other)}
    return (m for m in asked if m in differs and ((m, None) in ran) is not ((m, None) in other))


def _seen(costs: Mapping[AnyTimeline, Sequence[int]]) -> set[Op]:
    """The operations that lead an object to a step, so that a catalog can show whether they ran."""
    return {step.op for timeline in costs for step in timeline.steps if step.op is not None}


def _lost_record(chapter: Chapter) -> int:
    return weights.LOST_RECORD_OF_CODE if chapter.unseen_code else weights.LOST_RECORD


def _doubts(chapters: Sequence[Chapter], costs: Mapping[AnyTimeline, Sequence[int]]) -> list[int]:
    """How many points speak against each record, with those before it; none where something stands as recorded."""
    doubts = [0] * len(chapters)
    true: set[int] = set()
    for timeline, by_step in costs.items():
        expected_step = timeline.last_step(lambda op: chapters[op[0]].recorded)
        best = min(range(expected_step, -1, -1), key=by_step.__getitem__)
        for step in range(1, expected_step + 1):
            op = timeline.steps[step].op
            if op is not None and step > best:
                doubts[op[0]] += by_step[expected_step] - by_step[best]
            elif op is not None and min(by_step[:step]) >= weights.AS_RECORDED:
                true.add(op[0])
    for position, chapter in enumerate(chapters):
        doubts[position] += max((doubts[parent] for parent in chapter.parents), default=0)
        if position in true or not chapter.recorded:
            doubts[position] = 0
    return doubts


def _ask_of_migration(
    questions: Questions[Event], position: int, chapters: Sequence[Chapter], doubts: Sequence[int]
) -> None:
    chapter = chapters[position]
    whole: Event = (position, None)
    operations: list[Event] = [(position, index) for index in range(chapter.size)]
    chain = [*operations, whole]
    first = chain[0]
    for earlier, later in pairwise(chain):
        questions.implies(later, earlier)
    for parent in chapter.parents:
        is_new = chapter.recorded and not chapters[parent].recorded
        if is_new:
            questions.cost_of_yes_and_no(first, (parent, None), weights.DEPENDENCY)
        else:
            questions.implies(first, (parent, None))
    if chapter.recorded:
        questions.cost_of_no(whole, weights.FALSE_RECORD)
        questions.implies(first, whole)  # a record is of the whole: where a half is there, the rest of it was lost
        # A row of false records has its price once. A cut takes pairs only, so of several parents one counts: the one
        # against which most speaks, whatever app it is of.
        recorded = [parent for parent in chapter.parents if chapters[parent].recorded]
        before = max(recorded, key=lambda parent: (doubts[parent], parent), default=None)
        if before is None:
            questions.cost_of_no(whole, weights.FALSE_RECORDS)
        else:
            questions.cost_of_yes_and_no((before, None), whole, weights.FALSE_RECORDS)
        return
    if chapter.noted is not None:
        ran, absent = chapter.noted
        if ran:
            questions.cost_of_no(chain[ran - 1], weights.NOTED)
        # A late note may say less than ran of the migration itself. What depends on it begins once it is recorded.
        questions.cost_of_yes(chain[absent] if absent < chapter.size else whole, weights.NOTED)
    if chapter.answer:
        questions.cost_of_no(whole, weights.ANSWERED)
    elif chapter.answer is not None:
        questions.cost_of_yes(first, weights.ANSWERED)
    questions.cost_of_yes(whole, _lost_record(chapter))
    if operations and not chapter.stopped:
        questions.cost_of_yes_and_no(first, whole, weights.HALF_RUN)


def _ask_of_object(questions: Questions[Event], timeline: AnyTimeline, costs: Sequence[int]) -> None:
    """An object stands at a step where the operation behind it ran, and the next one did not."""
    least = min(costs)
    operations = [step.op for step in timeline.steps[1:]]
    for earlier, later in _pairs(operations):
        questions.implies(later, earlier)
    for step, cost in enumerate(costs):
        begun: Op | None = operations[step - 1] if step else None
        ended: Op | None = operations[step] if step < len(operations) else None
        if begun is None and ended is not None:
            questions.cost_of_no(ended, cost - least)
        elif begun is not None and ended is None:
            questions.cost_of_yes(begun, cost - least)
        elif begun is not None and ended is not None:
            questions.cost_of_yes_and_no(begun, ended, cost - least)


def _remade(
    questions: Questions[Event], timeline: AnyTimeline, costs: Sequence[int], chapters: Sequence[Chapter]
) -> set[int]:
    """The migrations that take an object away and make it again as it is: the story should end after these.

    Where two migrations do that with a table or a column, and records were lost right before them, so were theirs: to
    run what has no record would cost the rows. The same holds where the record of what made it is lost.
    """
    found = set()
    for step in range(1, len(timeline.steps) - 1):
        gone, back = timeline.steps[step].op, timeline.steps[step + 1].op
        if gone is None or back is None or chapters[gone[0]].recorded or timeline.steps[step].shape:
            continue
        if not costs[step - 1] == costs[step + 1] < costs[step]:
            continue
        if gone[0] == back[0]:
            found.add(gone[0])
        if isinstance(timeline, TableTimeline | ColumnTimeline):
            lost = _ran_without_record(timeline.steps[step - 1].op, gone[0], chapters)
            if lost is not None:
                questions.cost_of_yes_and_no(lost, (back[0], None), weights.REMADE_AFTER_LOST_RECORDS)
    return found


def _ran_without_record(made: Op | None, gone: int, chapters: Sequence[Chapter]) -> Op | None:
    """What made an object, or the last operation before it goes, if that has no record."""
    if made is not None and not chapters[made[0]].recorded:
        return made
    before = _last_seen_before(gone, chapters)
    # By its last operation: where the records stop right before it, it may have been interrupted after that.
    return (before, chapters[before].size - 1) if before is not None and not chapters[before].recorded else None


def _last_seen_before(position: int, chapters: Sequence[Chapter]) -> int | None:
    """The last migration that one depends on and of which something can be seen."""
    queue, seen, found = [position], {position}, -1
    while queue:
        for parent in chapters[queue.pop()].parents:
            if parent in seen or parent < found:
                continue
            seen.add(parent)
            if chapters[parent].visible:
                found = max(found, parent)
            else:
                queue.append(parent)
    return found if found >= 0 else None


def _pairs(operations: Iterable[Op | None]) -> Iterable[tuple[Op, Op]]:
    known = [op for op in operations if op is not None]
    return pairwise(known)
