"""Results of slow calls: looked at without making the call, and kept for a few keys."""

import pytest

from service.backends.slow_result import SlowResult
from service.backends.slow_results import MOST_KEPT, SlowResults


def test_a_glance_makes_no_call() -> None:
    made: list[int] = []
    result = SlowResult(lambda: made.append(1), 60, 1)
    assert (result.glance(), result.is_working, result.failure, made) == (None, False, None, [])


def test_a_started_call_is_kept_and_made_again_when_it_is_started_again() -> None:
    numbers = iter(range(9))
    result = SlowResult(lambda: next(numbers), 60, 1)
    assert result.start().result() == 0
    assert (result.glance(), result.get()) == (0, 0)
    assert result.start().result() == 1
    assert result.glance() == 1


def test_why_the_last_call_failed_is_kept_with_the_earlier_result() -> None:
    answers = iter([0, ValueError("no")])

    def work() -> int:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    result = SlowResult(work, 60, 1)
    result.start().result()
    with pytest.raises(ValueError, match="no"):
        result.start().result()
    assert result.glance() == 0
    assert isinstance(result.failure, ValueError)


def test_each_key_has_its_own_result_and_the_longest_unasked_goes() -> None:
    results = SlowResults(str.upper, 60, 1)
    first = results.find("a")
    assert first.start().result() == "A"
    assert results.find("a") is first
    for number in range(MOST_KEPT):
        results.find(f"k{number}")
    assert results.find("a") is not first
