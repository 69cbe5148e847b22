"""Whatever the order of their steps, two equal requests with one key do the write once."""

from collections.abc import Iterator

import pytest
from fakeredis import FakeRedis
from hypothesis import given, strategies

from service.contract.kept_answers import (
    ASKED_SECONDS,
    WORKING_SECONDS,
    Answer,
    BeingAnswered,
    Mark,
    OtherRequest,
    begin,
    free,
    keep,
)

DONE = Answer(200, (("content-type", "application/json"),), b"{}")


def send(
    redis: FakeRedis, mark: Mark, end: str, writes: list[str], answers: list[object]
) -> Iterator[None]:
    """One request, a step at a time. Its end: it is done, or it fails; "lost": Redis dies first."""
    try:
        kept = begin(redis, mark)
    except (BeingAnswered, OtherRequest) as refusal:
        answers.append(type(refusal))
        return
    if kept is not None:
        answers.append(kept)
        return
    yield
    if end != "fails":
        writes.append(mark.digest)
    yield
    if end == "done":
        keep(redis, mark, DONE)
    elif end == "fails":
        free(redis, mark)
    answers.append(None if end == "fails" else DONE)


@given(
    order=strategies.lists(strategies.integers(0, 3), max_size=16),
    ends=strategies.lists(
        strategies.sampled_from(["done", "fails", "lost"]), min_size=4, max_size=4
    ),
    digests=strategies.lists(strategies.sampled_from("ab"), min_size=4, max_size=4),
)
def test_any_order(order: list[int], ends: list[str], digests: list[str]) -> None:
    redis, writes, answers = FakeRedis(), [], []  # type: ignore[var-annotated]
    requests = [
        send(redis, Mark("name", digest, str(number)), end, writes, answers)
        for number, (end, digest) in enumerate(zip(ends, digests, strict=True))
    ]
    for number in [*order, *[0] * 3, *[1] * 3, *[2] * 3, *[3] * 3]:
        next(requests[number], None)
    assert len(answers) == 4
    assert len(writes) <= 1
    # A success is never answered without the write, nor is the write done and forgotten.
    assert (DONE in answers) == (len(writes) == 1)
    if writes and "lost" not in ends:
        kept = begin(redis, Mark("name", writes[0], "later"))
        assert kept == DONE


def test_who_comes_back_late_overwrites_nothing_of_the_next() -> None:
    redis = FakeRedis()
    slow, next_one = Mark("name", "a", "1"), Mark("name", "a", "2")
    begin(redis, slow)
    redis.delete("name")  # its time is over
    begin(redis, next_one)
    free(redis, slow)
    keep(redis, slow, DONE)
    assert redis.get("name") == next_one.text


def test_an_attempt_that_never_learned_of_its_mark_keeps_no_repetition_out_for_long() -> None:
    """Its command was executed when Redis went on, or the answer to it was lost."""
    redis, repeated = FakeRedis(), Mark("name", "a", "2")
    redis.set("name", Mark("name", "a", "1").asked, ex=WORKING_SECONDS)
    with pytest.raises(BeingAnswered):
        begin(redis, repeated)
    redis.expire("name", WORKING_SECONDS - ASKED_SECONDS)
    assert begin(redis, repeated) is None
    assert redis.get("name") == repeated.text
    assert redis.ttl("name") > WORKING_SECONDS - ASKED_SECONDS
    with pytest.raises(BeingAnswered):
        begin(redis, Mark("name", "a", "3"))


def test_an_attempt_that_does_its_write_is_waited_for_until_its_process_must_have_died() -> None:
    redis = FakeRedis()
    begin(redis, Mark("name", "a", "1"))
    redis.expire("name", 1)
    with pytest.raises(BeingAnswered):
        begin(redis, Mark("name", "a", "2"))


def test_an_answer_is_kept_when_the_mark_was_lost_meanwhile() -> None:
    redis, mark = FakeRedis(), Mark("name", "a", "1")
    begin(redis, mark)
    redis.flushall()
    keep(redis, mark, DONE)
    assert begin(redis, Mark("name", "a", "2")) == DONE
