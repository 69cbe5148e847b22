"""A source of three classes, and a download from it with short limits."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline import files
from pipeline.quickdraw.download import download
from tests.unit.quickdraw._source import (
    NAMES,
    ROWS_AT_SOURCE,
    SHORT_LIMITS,
    Source,
    npy,
    rows_of,
    serving,
)


@pytest.fixture(autouse=True)
def three_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    # fsync matters only when the power fails, and hundreds of calls take half a minute.
    monkeypatch.setattr(files, "_sync", lambda path: None)


@pytest.fixture
def source() -> Iterator[Source]:
    with serving(
        {name: npy(rows_of(name, ROWS_AT_SOURCE)) for name in ("apple", "moon", "smiley face")}
    ) as running:
        yield running


@pytest.fixture
def fetch(source: Source, tmp_path: Path) -> Callable[..., Any]:
    def call(rows: int = 20, **changes: Any) -> Any:
        options: dict[str, Any] = {
            "source": source.url,
            "categories": NAMES,
            "samples_per_class": rows,
            "limits": SHORT_LIMITS,
        }
        return download(tmp_path / "raw", **options | changes)

    return call
