"""Follow the release: keep the version that guesses, and the one on trial, in memory."""

import logging
import time
from collections.abc import Callable
from typing import NamedTuple

from pipeline.errors import RedrawError, Unavailable
from pipeline.records.trials import TrialKind
from pipeline.records.versions import Release
from pipeline.trial.assignment import is_in_trial
from pipeline.versions.serving import ServedVersion
from service.backends.bounded import ANSWER_SECONDS
from service.backends.budget import allow, leave_budget
from service.backends.single_flight import SingleFlight, is_done_within
from service.versions.release_cache import ReleaseCache

OVERDUE = 2
"""A release that was read so many times its fresh seconds ago is read anew before it is used."""

log = logging.getLogger(__name__)


class Serving(NamedTuple):
    """What guesses at one moment: replaced as a whole, so that no guess sees half of each.

    `tried` is the version on trial; None: there is none, or it could not be loaded.
    """

    release: Release
    champion: ServedVersion
    tried: ServedVersion | None

    def choose(self, player: str | None) -> tuple[ServedVersion, ServedVersion | None]:
        """Return the version whose guess a player sees, and one that guesses beside it.

        Args:
            player: as the game knows the player; None: unknown, who is in no trial.
        """
        offer = self.release.trial
        if (
            player is None
            or offer is None
            or self.tried is None
            or not is_in_trial(player, offer.salt, offer.share)
        ):
            return self.champion, None
        if offer.kind is TrialKind.CANARY:
            return self.tried, None
        return self.champion, self.tried

    def serves(self, release: Release) -> bool:
        """Return whether this is all that a release names."""
        return (
            self.release.version == release.version
            and self.release.trial == release.trial
            and (release.trial is None or self.tried is not None)
        )


class Predictors:
    """The versions that guess, as the release names them.

    Another release is loaded in the background, while what is there goes on guessing. What cannot
    be loaded changes nothing, and is tried again after `fresh_seconds`.

    Args:
        cache: of the release.
        load: returns a version by its number.
        fresh_seconds: how long a release that was read is relied on.
        wait_seconds: how long a caller waits for the first version.
        clock: returns seconds that never go back.
    """

    def __init__(
        self,
        cache: ReleaseCache,
        load: Callable[[str], ServedVersion],
        fresh_seconds: float,
        wait_seconds: float = ANSWER_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cache, self._load = cache, load
        self._fresh_seconds, self._wait_seconds = fresh_seconds, wait_seconds
        self._clock = clock
        self._wanted: Release | None = None
        self._serving: Serving | None = None
        self._failure: tuple[Release, RedrawError, float] | None = None
        self._loading = SingleFlight(self._load_wanted)

    async def get(self) -> Serving | None:
        """Return what guesses now; None: nothing is released.

        Raises:
            Unavailable: there is no version yet: Firestore or Storage does not answer.
            RedrawError: there is none, as the first one cannot be used.
        """
        known = self._cache.glance()
        if known is None or known.age >= OVERDUE * self._fresh_seconds:
            known = await self._cache.get()
        release, serving = known.release, self._serving
        if release is None:
            return None
        if serving is not None and serving.serves(release):
            return serving
        if not self._is_given_up(release):
            self._wanted = release
            loading = self._loading()
            if serving is None and not await is_done_within(loading, allow(self._wait_seconds)):
                raise Unavailable(f"{release.version} is still being loaded")
        if self._serving is None:
            raise self._failure[1] if self._failure else Unavailable("nothing is loaded yet")
        return self._serving

    def _is_given_up(self, release: Release) -> bool:
        """Return whether loading a release has just failed."""
        if self._failure is None:
            return False
        failed, _, since = self._failure
        return failed == release and self._clock() - since < self._fresh_seconds

    def _load_wanted(self) -> None:
        """Load what the wanted release names; in a thread, one at a time."""
        leave_budget()  # a request waits for so long, and the next one finds what was loaded
        release = self._wanted
        assert release is not None  # noqa: S101 - it was set before
        try:
            self._load_release(release)
        except Exception as defect:
            log.exception("%s cannot guess", release.version)
            error = RedrawError(f"{release.version} cannot be loaded: {defect}")
            self._failure = release, error, self._clock()
            raise

    def _load_release(self, release: Release) -> None:
        before = self._serving
        loaded = [] if before is None else [v for v in before[1:] if isinstance(v, ServedVersion)]

        def find(name: str) -> ServedVersion:
            return next((v for v in loaded if v.version == name), None) or self._load(name)

        champion, failure = _try(find, release.version)
        if champion is not None:
            tried = None
            if release.trial is not None:
                tried, failure = _try(find, release.trial.version)
            self._serving = Serving(release, champion, tried)
        self._failure = None if failure is None else (release, failure, self._clock())


def _try(
    find: Callable[[str], ServedVersion], name: str
) -> tuple[ServedVersion | None, RedrawError | None]:
    """Return a version, or why it cannot be loaded."""
    try:
        return find(name), None
    except RedrawError as error:
        log.warning("%s cannot guess: %s", name, error)
        return None, error
