"""Every route says whom it allows."""

from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI
from fastapi.routing import iter_route_contexts

from pipeline.bootstrap import in_memory
from pipeline.settings import Settings
from service.access.roles import Caller, Owner, Player, Public, Visitor
from service.access.rules import Allow, NoRule, Rule, find_rule
from service.app import create_app

FOR_OTHERS = {
    ("GET", "/v1/release"): Rule.PUBLIC,
    ("GET", "/v1/models/{version}/files/{name}"): Rule.PUBLIC,
    ("GET", "/v1/keys"): Rule.PUBLIC,
    ("POST", "/v1/predict"): Rule.VISITOR,
    ("POST", "/v1/corrections"): Rule.PLAYER,
    ("GET", "/healthz"): Rule.PUBLIC,
    ("GET", "/readyz"): Rule.PUBLIC,
    ("GET", "/openapi.json"): Rule.PUBLIC,
    ("GET", "/sign-in"): Rule.PUBLIC,
    ("POST", "/sign-in"): Rule.PUBLIC,
    ("GET", "/assets/{of_content}/{name:path}"): Rule.PUBLIC,
    ("GET", "/favicon.ico"): Rule.PUBLIC,
    ("GET", "/web/{of_content}/{name:path}"): Rule.PUBLIC,
}
"""All that are not for owners alone: a route is added here on purpose, or it is the owners'."""


def rules_of(app: FastAPI, settings: Settings) -> dict[tuple[str, str], Rule]:
    return {
        (method, str(route.path)): find_rule(route, settings)
        for route in iter_route_contexts(app.routes)
        for method in route.methods or ("none",)
    }


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    return create_app(settings, in_memory(), print)


def test_every_route_names_a_rule_and_all_but_these_are_the_owners(
    app: FastAPI, settings: Settings
) -> None:
    rules = rules_of(app, settings)
    owners = (Rule.OWNER, Rule.SIGNED_IN)
    assert {route: rule for route, rule in rules.items() if rule not in owners} == FOR_OTHERS


def test_the_description_asks_for_credentials_where_the_rule_looks_at_them(
    app: FastAPI, settings: Settings
) -> None:
    paths = app.openapi()["paths"]
    for (method, path), rule in rules_of(app, settings).items():
        if path in paths:
            guarded = "security" in paths[path][method.lower()]
            assert guarded == (rule is not Rule.PUBLIC), path


@pytest.mark.parametrize(
    ("parameter", "rule"),
    [
        (Owner, Rule.OWNER),
        (Player, Rule.PLAYER),
        (Visitor, Rule.VISITOR),
        (Public, Rule.PUBLIC),
        (Annotated[Caller, Depends(Allow(lambda _: Rule.OWNER_OR_SELF))], Rule.OWNER_OR_SELF),
    ],
)
def test_a_parameter_names_the_rule(settings: Settings, parameter: Any, rule: Rule) -> None:
    app = FastAPI(openapi_url=None)

    def answer(caller: parameter) -> None: ...

    app.get("/there")(answer)
    assert rules_of(app, settings) == {("GET", "/there"): rule}


def test_the_settings_may_choose_the_rule(settings: Settings) -> None:
    app = FastAPI(openapi_url=None)

    def choose(settings: Settings) -> Rule:
        return Rule.OWNER if settings.environment == "production" else Rule.VISITOR

    def answer(caller: Annotated[Caller, Depends(Allow(choose))]) -> None: ...

    app.get("/there")(answer)
    production = settings.model_copy(update={"environment": "production"})
    assert rules_of(app, settings) == {("GET", "/there"): Rule.VISITOR}
    assert rules_of(app, production) == {("GET", "/there"): Rule.OWNER}


def test_a_route_without_a_rule_or_with_two_is_a_fault(settings: Settings) -> None:
    app = FastAPI(openapi_url=None)

    @app.get("/none")
    def none() -> None: ...

    with pytest.raises(NoRule, match="/none says that it is for no caller"):
        rules_of(app, settings)
    app = FastAPI(openapi_url=None)

    @app.get("/two")
    def two(owner: Owner, public: Public) -> None: ...

    with pytest.raises(NoRule, match="owner and public"):
        rules_of(app, settings)


def test_a_route_that_fastapi_does_not_resolve_has_no_rule(settings: Settings) -> None:
    with pytest.raises(NoRule, match=r"/openapi\.json"):
        rules_of(FastAPI(), settings)
