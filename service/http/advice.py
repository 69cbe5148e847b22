"""What each kind of problem means for a caller, and what to do: the table in docs/reasons.md.

A kind is recognised by the end of its `type`, `urn:problem-type:redraw:KIND`.
"""

from collections.abc import Mapping

ADVICE: Mapping[str, str] = {
    "unauthenticated": (
        "No credentials were sent, or they are wrong, expired or revoked. Send `X-API-Key`, "
        "or `Authorization: Bearer` with a fresh ID token."
    ),
    "not-owner": (
        "The account is no owner's. `redraw admins` grants the claim; the account must sign "
        "in again."
    ),
    "not-player": (
        "The route needs an account, and the API key is none. Send the player's ID token."
    ),
    "not-attested": (
        "App Check is required, and its token is missing or wrong. Send `X-Firebase-AppCheck`"
        " from the game's own app."
    ),
    "not-found": ("There is nothing under this id. Lists say which there are."),
    "no-release": (
        "Nothing has been released yet. Make the first version by `redraw baseline`, or "
        "release one by `redraw promote VERSION`."
    ),
    "run-in-progress": (
        "Only one run may be under way. `runId` names it: follow it, wait for its end, or "
        "cancel it."
    ),
    "too-late-to-cancel": (
        "The run has ended, or has published its version. After a release, `redraw rollback` "
        "brings the version before back."
    ),
    "not-quarantined": (
        "The correction does not wait for a decision; `state` says why. Nothing is to be done."
    ),
    "drawing-id-taken": (
        "Another answer has this id. Make a new id for each drawing; repeat an answer with "
        "the id that it had."
    ),
    "version-not-ready": (
        "The version is being published, withdrawn, or not Redraw's. Choose one whose status "
        "is `ready`."
    ),
    "version-in-use": (
        "The version is released, on trial, or the last one that is ready. Release another "
        "one first, or stop the trial."
    ),
    "release-moved": (
        "Another version was released since the one that `replacing` names. Look at the "
        "release again, and decide anew."
    ),
    "trial-under-way": ("One version at a time is on trial. Stop that trial, or wait for its end."),
    "unreadable-document": (
        "A document was edited, or written by another program. The detail names it and says "
        "what is wrong: correct or delete it in Firebase's console."
    ),
    "no-webhook": (
        "`REDRAW_WEBHOOK_URL` is not set in this process. Set it and `REDRAW_WEBHOOK_SECRET` for "
        "the web process, workers and beat, and start them again."
    ),
    "idempotency-conflict": (
        "The first request with this key is still being answered. Send it again in some "
        "seconds, with the same key."
    ),
    "idempotency-mismatch": (
        "The key was used for another body or path. Make a new key for each new request."
    ),
    "withdrawn": (
        "The version must not be used any more. Ask for the release again, and load that."
    ),
    "too-large": ("The body is larger than the route reads. Send less at once."),
    "other-media-type": ("Send a body of the kind that the route reads, with its `Content-Type`."),
    "invalid-request": (
        "`errors` says which field or parameter is wrong, and how. Correct the request."
    ),
    "invalid-drawing": ("`reason` says what is wrong with the drawing: see the table of drawings."),
    "rate-limited": (
        "Wait for as many seconds as `Retry-After` says. An owner can raise the limits in the"
        " settings."
    ),
    "damaged-dataset": (
        "An object of the data set in Storage is missing or damaged. Do what `detail` says: "
        "restore it from a backup."
    ),
    "wrong-settings": (
        "A setting of the service is another one than the project was made with. `detail` names it."
    ),
    "damaged-file": (
        "What Storage holds is not what was published. `redraw verify` says which file; "
        "release another version by `redraw promote VERSION`."
    ),
    "internal": (
        "A defect of Redraw. The log says more under the reference in the detail; please report it."
    ),
    "unavailable": (
        "Firestore, Storage, Redis or Google does not answer. Try again as `Retry-After` "
        "says; `/readyz` names what is down."
    ),
    "not-queued": (
        "The run is recorded, and starts by itself when Redis answers again. Do not request "
        "another one."
    ),
}
"""By the name of the kind. Problems without a name are HTTP's own: their title says all."""
