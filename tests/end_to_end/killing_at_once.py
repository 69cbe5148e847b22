"""For `celery --include tests.end_to_end.killing_at_once`: as `killing`, but before any run."""

from tests.end_to_end.killing import kill_when_it_returns

kill_when_it_returns()
