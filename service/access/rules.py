"""Which callers a route allows, read from the route itself.

A route names its rule by a parameter: `Owner`, `Player`, `Visitor` or `Public` of `roles`,
`SignedIn` of `sessions`, or one made of `Allow` or `AllowPlay`, where the rule depends on the
settings.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from fastapi import Request
from fastapi.dependencies.models import Dependant

from pipeline.errors import RedrawError
from pipeline.settings import Settings
from service.access.roles import (
    Caller,
    Role,
    Visitor,
    allow_all,
    check_owner,
    check_player,
    identify,
    require_owner,
    require_player,
)
from service.access.sessions import require_session
from service.wiring import Wired


class Rule(StrEnum):
    """Which callers a route allows."""

    PUBLIC = "public"
    """All; the route looks at no credentials."""
    VISITOR = "visitor"
    """All, but credentials that are sent must be valid."""
    PLAYER = "player"
    """Accounts: players, and owners with a token. Not the API key, which is no account."""
    OWNER_OR_SELF = "owner or self"
    """Owners, and the account whose uid is the `player_id` in the path."""
    OWNER = "owner"
    """Owners, by the API key or by a token."""
    SIGNED_IN = "signed in"
    """Owners, by the cookie of a session: pages. All others are led to the sign-in."""
    BROWSER = "browser"
    """All: the page to play on knows a browser by a cookie of its own."""
    CLOSED = "closed"
    """No one: the settings switch it off, and it answers as if it did not exist."""


_OWNERS_RULES = (Rule.OWNER, Rule.OWNER_OR_SELF)
Choose = Callable[[Settings], Rule]


class Chosen:
    """A dependency whose rule the settings choose."""

    def __init__(self, choose: Choose) -> None:
        self.choose = choose


class Allow(Chosen):
    """A dependency that lets those callers pass whom a rule allows; the settings choose the rule.

    Used as a parameter of a route: `Reader = Annotated[Caller, Depends(Allow(choose))]`.
    """

    # Not a plain function: FastAPI would call that in a thread.
    async def __call__(self, request: Request, wiring: Wired, caller: Visitor) -> Caller:
        """Return the caller; raise a problem, 401 or 403, for one that may not pass."""
        rule = self.choose(wiring.settings)
        if rule is Rule.PLAYER:
            check_player(caller)
        elif rule in _OWNERS_RULES:
            themselves = caller.role is Role.PLAYER and (
                caller.uid == request.path_params.get("player_id")
            )
            if rule is Rule.OWNER or not themselves:
                check_owner(caller)
        return caller


_RULES: dict[Callable[..., Any], Rule] = {
    allow_all: Rule.PUBLIC,
    identify: Rule.VISITOR,
    require_player: Rule.PLAYER,
    require_owner: Rule.OWNER,
    require_session: Rule.SIGNED_IN,
}


class NoRule(RedrawError):
    """A route does not say whom it allows, or says it twice."""


def find_rule(route: Any, settings: Settings) -> Rule:
    """Return the rule of a route.

    Args:
        route: of FastAPI, or its context (`fastapi.routing.iter_route_contexts`).
        settings: of the process; the rules of some routes depend on them.

    Raises:
        NoRule: none of its parameters names a rule, or two of them do.
    """
    dependant: Dependant | None = getattr(route, "dependant", None)
    named = [] if dependant is None else list(_read_rules(dependant, settings))
    if len(set(named)) != 1:
        said = " and ".join(named) or "no caller"
        raise NoRule(
            f"the route {getattr(route, 'path', route)} says that it is for {said}: give it one "
            "parameter of type Owner, Player, Visitor or Public"
        )
    return named[0]


def _read_rules(dependant: Dependant, settings: Settings) -> list[Rule]:
    """Return the rules that the direct dependencies name; what these depend on is their affair."""
    rules: list[Rule] = []
    for dependency in dependant.dependencies:
        if isinstance(dependency.call, Chosen):
            rules.append(dependency.call.choose(settings))
        elif dependency.call in _RULES:
            rules.append(_RULES[dependency.call])
        else:
            rules += _read_rules(dependency, settings)
    return rules
