"""Say on the next page what a form has done, once.

The sentence travels in a signed cookie of a minute: in an address, others could write one, and kept
by a process, another one would not find it.
"""

from fastapi import Request, Response

from service.callers.sessions import Sessions

SECONDS = 60
LONGEST = 400
"""Characters of a sentence; browsers refuse cookies of more than 4,096 bytes."""


def keep_notice(request: Request, answer: Response, sentence: str) -> None:
    """Let the page that the browser loads next show a sentence."""
    sessions = _find_sessions(request)
    answer.set_cookie(
        sessions.notice_cookie,
        sessions.sign_notice(sentence[:LONGEST]),
        max_age=SECONDS,
        secure=sessions.secure,
        httponly=True,
        samesite="strict",
    )


def read_notice(request: Request) -> str | None:
    """Return the sentence to show, None without one. Parts that htmx loads take none."""
    if "hx-request" in request.headers:
        return None
    sessions = _find_sessions(request)
    return sessions.read_notice(request.cookies.get(sessions.notice_cookie), SECONDS)


def drop_notice(request: Request, answer: Response) -> None:
    """Have the browser forget the sentence that this answer shows."""
    sessions = _find_sessions(request)
    answer.delete_cookie(
        sessions.notice_cookie, secure=sessions.secure, httponly=True, samesite="strict"
    )


def _find_sessions(request: Request) -> Sessions:
    sessions: Sessions = request.app.state.wiring.sessions
    return sessions
