"""Canvases in processes of their own: the same drawings, whatever happens to a process."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InvalidDrawing, Unavailable
from pipeline.records.corrections import Canvas
from service.canvases import link, pool
from service.canvases.drawing import draw
from service.canvases.messages import HEAD, pack, pack_canvas, read_canvas, split_messages
from service.canvases.pool import Canvases
from tests.api._guessing import BASE64, CANVAS, STROKES
from tests.api._waiting import until

MOST = 262_144
CANVASES = [
    Canvas(image=CANVAS),
    Canvas(image=BASE64),
    Canvas(strokes=STROKES),
    Canvas(strokes=[], image=BASE64),
]
UNUSABLE = [
    Canvas(image=b""),
    Canvas(image=b"\0" * (MOST + 1)),
    Canvas(image="%"),
    Canvas(strokes=[[1]]),
    Canvas(strokes=[{"x": [float("nan")], "y": [1]}]),
]


def run(story: Callable[[Canvases], Awaitable[None]], processes: int = 1) -> None:
    async def use() -> None:
        canvases = Canvases(processes, MOST)
        try:
            await story(canvases)
        finally:
            canvases.close()

    asyncio.run(use())


def judge(work: Callable[[], Any]) -> str:
    """Return why a canvas cannot be used, or its drawing."""
    try:
        return str(work().tolist())
    except InvalidDrawing as error:
        return f"{error.reason}: {error}"


@pytest.mark.slow
def test_a_process_draws_what_this_one_draws_and_refuses_the_same() -> None:
    async def story(canvases: Canvases) -> None:
        await canvases.start()
        drawn = await asyncio.gather(*map(canvases.draw, CANVASES * 20))
        for drawing, canvas in zip(drawn, CANVASES * 20, strict=True):
            assert np.array_equal(drawing, draw(canvas, MOST))
        for canvas in UNUSABLE:
            with pytest.raises(InvalidDrawing) as refused:
                await canvases.draw(canvas)
            here = judge(lambda canvas=canvas: draw(canvas, MOST))  # type: ignore[misc]
            assert f"{refused.value.reason}: {refused.value}" == here

    run(story)


@pytest.mark.slow
@pytest.mark.parametrize("name", [signal.SIGKILL, signal.SIGSTOP])
def test_what_a_process_did_not_answer_another_one_does(
    monkeypatch: pytest.MonkeyPatch, name: signal.Signals
) -> None:
    monkeypatch.setattr(link, "PATIENCE_SECONDS", 3.0)

    async def story(canvases: Canvases) -> None:
        await canvases.start()
        first = canvases.process_ids
        os.kill(first[0], name)
        drawn = await asyncio.gather(*(canvases.draw(CANVASES[0]) for _ in range(5)))
        assert len(drawn) == 5
        assert canvases.process_ids != first

    run(story)


def test_a_canvas_that_ends_every_process_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask(*_: Any) -> Any:
        raise link.ProcessGone

    monkeypatch.setattr(link.Link, "ask", ask)

    async def story(canvases: Canvases) -> None:
        await canvases.start()
        with pytest.raises(Unavailable, match="given up"):
            await canvases.draw(CANVASES[0])

    run(story)


def test_where_no_process_can_be_started_a_thread_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    async def start(*_: Any) -> Any:
        raise OSError("out of memory")

    monkeypatch.setattr(link.Link, "start", start)

    async def story(canvases: Canvases) -> None:
        assert np.array_equal(await canvases.draw(CANVASES[0]), draw(CANVASES[0], MOST))

    run(story)


def test_while_a_process_starts_a_thread_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask(*_: Any) -> Any:
        raise AssertionError("a process that is not ready was asked")

    monkeypatch.setattr(link.Link, "ask", ask)

    async def story(canvases: Canvases) -> None:
        assert np.array_equal(await canvases.draw(CANVASES[0]), draw(CANVASES[0], MOST))

    run(story)


def test_more_than_can_be_drawn_soon_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "MOST_WAITING", 3)

    async def story(canvases: Canvases) -> None:
        answers = await asyncio.gather(
            *(canvases.draw(CANVASES[0]) for _ in range(8)), return_exceptions=True
        )
        assert sum(isinstance(answer, Unavailable) for answer in answers) == 5
        await canvases.draw(CANVASES[0])

    run(story, processes=0)


@pytest.mark.slow
def test_two_processes_share_the_work_and_end_with_their_owner() -> None:
    numbers = []

    async def story(canvases: Canvases) -> None:
        await canvases.start()
        numbers.extend(canvases.process_ids)
        await asyncio.gather(*(canvases.draw(CANVASES[0]) for _ in range(20)))
        assert canvases.process_ids == numbers

    run(story, processes=2)
    assert len(set(numbers)) == 2
    asyncio.run(until(lambda: not any(map(is_running, numbers))))


def is_running(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


@given(st.lists(st.tuples(st.integers(0, 4), st.binary(max_size=50))), st.integers(1, 20))
def test_messages_arrive_whole_however_they_are_cut(
    messages: list[tuple[int, bytes]], size: int
) -> None:
    sent = b"".join(pack(kind, content) for kind, content in messages)
    buffer, received = bytearray(), []
    for start in range(0, len(sent), size):
        buffer += sent[start : start + size]
        received += split_messages(buffer)
    assert received == messages
    assert not buffer


@given(st.lists(st.floats() | st.text(max_size=5), max_size=5), st.text(max_size=20))
def test_a_question_says_what_was_asked(strokes: Any, text: str) -> None:
    for canvas in (Canvas(strokes=strokes, image=text), Canvas(image=text), Canvas(image=b"x")):
        message = pack_canvas(canvas)
        ((kind, content),) = split_messages(bytearray(message))
        assert len(content) == len(message) - HEAD.size
        assert repr(read_canvas(kind, content)) == repr(canvas)
