"""Execute a write once, however often it is sent: the header Idempotency-Key.

The first request with a key leaves a mark in Redis while it is answered, and then its answer, for
a day. A repetition gets that answer, and nothing is done again. Only answers that say that the
write was done (2xx) are kept: any other answer frees the key. Routers of writes have the class
`KeyedRoute`. Requests for runs keep their key in the run's document instead, as long as that lasts.
"""

import hashlib
import inspect
import logging
import secrets
from collections.abc import Callable, Coroutine
from copy import deepcopy
from functools import partial, wraps
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, Header, HTTPException, Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from pipeline.errors import Unavailable
from service.access.roles import Caller, Role
from service.contract import kept_answers
from service.contract.kept_answers import Answer, BeingAnswered, Mark, OtherRequest
from service.http.problems import (
    IDEMPOTENCY_CONFLICT,
    IDEMPOTENCY_MISMATCH,
    INVALID_REQUEST,
    RETRY_SECONDS,
    UNAVAILABLE,
    ProblemError,
    problem_responses,
)
from service.wiring import Wired, Wiring

log = logging.getLogger(__name__)

REPLAYED = "Idempotency-Replayed"
"""The header of an answer to a repetition; its value is `true`."""
_DONE = range(HTTPStatus.OK, HTTPStatus.MULTIPLE_CHOICES)
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description=(
            "Any text that the caller chooses, another one for each write. Sent again by the same "
            "caller, the request is not executed again."
        ),
        examples=["8e03978e-40d5-43dd-bc93-6894a57f9324"],
    ),
]
REPLAYED_HEADER = {
    REPLAYED: {
        "description": "`true` if the write was done before, by a request with the same key.",
        "schema": {"type": "string", "enum": ["true"]},
    }
}


class Attempt:
    """One request with a key.

    Args:
        wiring: of the application.
        mark: what it puts into Redis.
    """

    def __init__(self, wiring: Wiring, mark: Mark) -> None:
        self._redis = wiring.redis
        self._mark = mark
        self._marked = False
        self._given_up = False

    def begin(self) -> Response | None:
        """Mark the key as being answered and return None, or return the answer that is kept.

        Raises:
            ProblemError: the key is being answered, belongs to another request, or cannot be
                looked up.
        """
        try:
            kept = self._redis.call(self._look_up)
        except BeingAnswered:
            raise ProblemError(
                IDEMPOTENCY_CONFLICT,
                "A request with this Idempotency-Key is being answered: repeat it in a few seconds "
                "to get its answer.",
                {"Retry-After": str(RETRY_SECONDS)},
            ) from None
        except OtherRequest:
            raise ProblemError(
                IDEMPOTENCY_MISMATCH,
                "This Idempotency-Key was sent with another request: choose a new key for each "
                "write.",
            ) from None
        except Unavailable as error:
            self._given_up = True
            log.warning("a key of a request cannot be looked up: %s", error)
            raise ProblemError(
                UNAVAILABLE,
                "Redis does not answer, so it cannot be said whether this request was executed "
                "before. Try again in a few seconds, or leave the header Idempotency-Key away.",
                {"Retry-After": str(RETRY_SECONDS)},
            ) from None
        if kept is None:
            self._marked = True
            return None
        return _answer_again(kept)

    def _look_up(self, redis: Any) -> Answer | None:
        kept = kept_answers.begin(redis, self._mark)
        if self._given_up and kept is None:  # too late: the write is not done
            kept_answers.free(redis, self._mark)
        return kept

    def end(self, response: Response | None) -> None:
        """Keep the answer if the write was done, else free the key; without a mark do nothing."""
        if not self._marked:
            return
        try:
            self._redis.call(self._choose_end(response))
        except Unavailable as error:
            # The write may be done, and its answer is sent. The mark expires by itself.
            log.warning("the answer to a request with a key is not kept: %s", error)

    def _choose_end(self, response: Response | None) -> Callable[[Any], None]:
        if response is None or response.status_code not in _DONE:
            return partial(kept_answers.free, mark=self._mark)
        headers = tuple(
            (name, value)
            for name, value in response.headers.items()
            if name.lower() != "content-length"
        )
        body = getattr(response, "body", None)  # a stream has none
        answer = Answer(response.status_code, headers, None if body is None else bytes(body))
        return partial(kept_answers.keep, mark=self._mark, answer=answer)


async def _read_attempt(
    request: Request, wiring: Wired, key: IdempotencyKey = None
) -> Attempt | None:
    """Return this request as an attempt; None without a key, and for a caller without a name."""
    caller: Caller | None = getattr(request.state, "caller", None)
    if key is None or caller is None or caller.role is Role.NOBODY:
        return None
    scope = request.scope
    # A caller whose role has changed since gets no answer that only the earlier role may read.
    owner = (caller.role, str(caller.uid), wiring.settings.project_id)
    name = _digest(*owner, scope["method"], scope["path"], key)
    try:
        body = await request.body()
    except ClientDisconnect:
        raise HTTPException(400, "the body did not arrive") from None
    digest = _digest(scope["query_string"].decode("latin-1"), body.hex())
    attempt = Attempt(wiring, Mark(f"redraw:idempotency:{name}", digest, secrets.token_urlsafe(9)))
    request.state.attempt = attempt
    return attempt


class KeyedRoute(APIRoute):
    """A route whose writes take the header Idempotency-Key.

    A route that has a parameter of the type `IdempotencyKey` deals with the key itself.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        parameters = inspect.signature(endpoint).parameters.values()
        itself = any(parameter.annotation is IdempotencyKey for parameter in parameters)
        if WRITES & set(options.get("methods") or ()) and not itself:
            endpoint = _execute_once(endpoint)
            options["responses"] = _describe(
                options.get("responses") or {}, options.get("status_code") or 200
            )
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return a handler that keeps the answer at the end."""
        answer = super().get_route_handler()

        async def answer_and_keep(request: Request) -> Response:
            response = None
            try:
                response = await answer(request)
            finally:
                attempt: Attempt | None = getattr(request.state, "attempt", None)
                if attempt is not None:
                    await run_in_threadpool(attempt.end, response)
            return response

        return answer_and_keep


def _execute_once(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """Return `endpoint` with the parameter that finds a repetition.

    It is looked for when the caller is known to be allowed, and the request to be valid.
    """
    if hasattr(endpoint, "executes_once"):  # routers were included in one another
        return endpoint
    begin = "attempt_by_key"

    def execute(**values: Any) -> Any:
        attempt: Attempt | None = values.pop(begin)
        kept = None if attempt is None else attempt.begin()
        return endpoint(**values) if kept is None else kept

    async def execute_in_loop(**values: Any) -> Any:
        attempt: Attempt | None = values.pop(begin)
        kept = None if attempt is None else await run_in_threadpool(attempt.begin)
        return await endpoint(**values) if kept is None else kept

    is_coroutine = inspect.iscoroutinefunction(endpoint)
    once: Any = wraps(endpoint)(execute_in_loop if is_coroutine else execute)
    signature = inspect.signature(endpoint)
    added = inspect.Parameter(
        begin,
        inspect.Parameter.KEYWORD_ONLY,
        annotation=Annotated[Attempt | None, Depends(_read_attempt)],
    )
    once.__signature__ = signature.replace(parameters=[*signature.parameters.values(), added])
    once.executes_once = True
    return once  # type: ignore[no-any-return] # it is the function that `wraps` was given


def _describe(responses: dict[int | str, Any], status: int) -> dict[int | str, Any]:
    """Return OpenAPI `responses` with those that a key can cause."""
    described = deepcopy(responses)
    success = described.setdefault(status, {})
    success["headers"] = success.get("headers", {}) | REPLAYED_HEADER
    kinds = (IDEMPOTENCY_CONFLICT, IDEMPOTENCY_MISMATCH, INVALID_REQUEST, UNAVAILABLE)
    added = problem_responses(*kinds)
    for kind in kinds:
        present = described.setdefault(kind.status, deepcopy(added[kind.status]))
        for media, content in added[kind.status]["content"].items():
            examples = present["content"][media]["examples"]
            if kind.name not in examples:
                examples[kind.name] = content["examples"][kind.name]
                present["description"] = f"{present['description']} {kind.title}."
    return described


def _answer_again(kept: Answer) -> Response:
    if kept.body is None:
        raise ProblemError(
            IDEMPOTENCY_CONFLICT,
            "This request was executed; its answer was too large to be kept. Read what it changed.",
        )
    response = Response(kept.body, kept.status, dict(kept.headers))
    response.headers[REPLAYED] = "true"
    return response


def _digest(*parts: str) -> str:
    """Return the sha256 of texts: in hex, and other for other texts or borders between them."""
    sha = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        sha.update(len(data).to_bytes(8, "big") + data)
    return sha.hexdigest()
