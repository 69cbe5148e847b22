"""Canvases that are text become the bytes that they stand for, or are refused."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.drawings import decode_canvas_text
from pipeline.errors import InvalidDrawing
from tests._examples import examples

LIMIT = 300
contents = st.binary(min_size=1, max_size=LIMIT)


@given(contents, st.sampled_from(["", "data:image/png;base64,", "DATA:image/jpeg;Base64,"]))
@settings(max_examples=examples(60))
def test_base64_becomes_its_bytes_in_every_spelling(data: bytes, head: str) -> None:
    standard, safe = base64.b64encode(data).decode(), base64.urlsafe_b64encode(data).decode()
    spellings = [
        standard,
        safe,
        standard.rstrip("="),
        base64.encodebytes(data).decode(),
        f"  {standard}\n",
        standard.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D"),
    ]
    for spelling in spellings:
        assert decode_canvas_text(head + spelling, LIMIT) == data


def test_a_data_url_without_base64_is_percent_decoded() -> None:
    assert decode_canvas_text("data:image/png,%89PNG", LIMIT) == b"\x89PNG"


@pytest.mark.parametrize("size", [LIMIT + 1, 100_000])
def test_text_that_stands_for_too_many_bytes_is_refused(size: int) -> None:
    with pytest.raises(InvalidDrawing) as refused:
        decode_canvas_text(base64.b64encode(bytes(size)).decode(), LIMIT)
    assert refused.value.reason == "image_too_large"


@given(st.text(max_size=80))
@settings(max_examples=examples(100))
def test_any_text_becomes_bytes_or_a_refusal(text: str) -> None:
    try:
        assert len(decode_canvas_text(text, LIMIT)) <= LIMIT
    except InvalidDrawing as fault:
        assert fault.reason == "unreadable_image"  # noqa: PT017


@pytest.mark.parametrize("text", ["%%%", "a", "кот", "data:image/png;base64,?", "http://x/y.png"])
def test_text_that_is_neither_is_refused(text: str) -> None:
    with pytest.raises(InvalidDrawing) as refused:
        decode_canvas_text(text, LIMIT)
    assert refused.value.reason == "unreadable_image"
