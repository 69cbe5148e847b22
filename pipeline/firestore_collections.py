"""List every collection in Firestore that Redraw writes or reads: backups go by this list.

A test compares it with the collections that the adapters open, so that none is left out.
"""

from typing import NamedTuple


class Collection(NamedTuple):
    """A collection at the root of Firestore: its name, whose it is, and what it holds."""

    name: str
    of_game: bool
    what: str


CORRECTIONS = Collection(
    "corrections",
    True,
    "players' corrections; a game may name it otherwise (REDRAW_GAME_COLLECTION)",
)
GUESSES = Collection("guesses", True, "how many drawings each version has guessed")
MODELS = Collection("models", False, "versions; the game may keep its own there too")
RELEASES = Collection("releases", False, "the pointer to the released version")
RELEASE_HISTORY = Collection("release_history", False, "each release that there was")
TRIALS = Collection("trials", False, "versions that were tried on players")
TRAINING_RUNS = Collection("training_runs", False, "runs")
LEASES = Collection("leases", False, "which run is in progress, and which worker executes it")
FORGET_REQUESTS = Collection("forget_requests", False, "whom a run in progress forgets")
DECISIONS = Collection("decisions", False, "the owner's decisions about corrections")
NOTIFICATIONS = Collection("notifications", False, "what the owner's receiver is told")
NOTIFICATION_STATE = Collection("notification_state", False, "how far events were noticed")

ALL_COLLECTIONS = (
    CORRECTIONS,
    GUESSES,
    DECISIONS,
    NOTIFICATIONS,
    NOTIFICATION_STATE,
    TRIALS,
    TRAINING_RUNS,
    FORGET_REQUESTS,
    LEASES,
    RELEASE_HISTORY,
    MODELS,
    RELEASES,
)
"""In the order in which a restore writes them: the release last, behind all that it names."""
