"""What pages say about reasons."""

from pipeline.pages.reason_words import REASONS, advise_on, describe_reason
from pipeline.reasons import CORRECTION_REASONS


def test_every_reason_has_words() -> None:
    assert set(map(str, REASONS)) == CORRECTION_REASONS


def test_a_reason_that_is_not_known_is_said_as_it_is() -> None:
    assert (describe_reason("mine"), advise_on("mine")) == ("mine", "")
    assert describe_reason(None) == "no reason is given"
