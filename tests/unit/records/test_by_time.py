"""Laws of lists by time: the parts together are the list, in order, whatever the sizes."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pipeline.adapters.memory_by_time import MemoryByTime
from pipeline.records.by_time import MAX_PLACE, Place, read_place
from pipeline.records.ids import is_valid_id
from pipeline.records.runs import Run, RunState
from pipeline.runs.documents import read_run

NEWEST = MemoryByTime("training_runs", "requestedAt", Run, read_run)
START = datetime(2026, 3, 4, tzinfo=UTC)
IDS = st.text(min_size=1, max_size=20).filter(is_valid_id)
TIMES = st.integers(0, 3).map(lambda number: START + timedelta(microseconds=number))
RUNS = st.dictionaries(
    IDS,
    st.fixed_dictionaries(
        {"requestedAt": TIMES | st.just("today"), "state": st.sampled_from(["failed", "held", "?"])}
    ),
    max_size=12,
)


@given(
    time=st.datetimes(timezones=st.just(UTC)),
    name=st.text(min_size=1, max_size=400).filter(is_valid_id),
)
def test_a_place_is_read_as_it_was_written(time: datetime, name: str) -> None:
    text = Place(time, name).write()
    assert read_place(text) == Place(time, name)
    assert len(text) <= MAX_PLACE


@given(documents=RUNS, limit=st.integers(1, 4), state=st.sampled_from([None, "failed"]))
def test_the_parts_together_are_the_list(
    documents: Mapping[str, dict[str, Any]], limit: int, state: RunState | None
) -> None:
    wanted = {"state": state}
    whole = NEWEST.read_page(documents, None, 50, wanted)
    parts = [NEWEST.read_page(documents, None, limit, wanted)]
    while (after := parts[-1].next_after) is not None:
        parts.append(NEWEST.read_page(documents, after, limit, wanted))
    records = [record for part in parts for record in part.records]
    assert records == whole.records
    assert records == sorted(records, key=lambda run: (run.requested_at, run.id), reverse=True)
    assert all(len(part.records) == limit for part in parts[:-1])
    named = [each.path for part in parts for each in part.unreadable]
    assert sorted(named) == sorted(each.path for each in whole.unreadable)
