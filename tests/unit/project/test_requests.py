"""Requests that the pages show with curl: the route exists, and takes the body."""

import json
import re
import shlex
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jsonschema
import pytest

from tests.unit.project._pages import SHELL, list_blocks
from tests.unit.project._reference import list_routes, make_app

WITH_VALUE = {
    "-d",
    "--data",
    "--data-binary",
    "-H",
    "--header",
    "-X",
    "--request",
    "-o",
    "-w",
    "-m",
}
SERVICE = re.compile(r"^(https?://)?(127\.0\.0\.1|localhost|redraw\.|\$\w+|\"?\$\{\w+\})")


@dataclass(frozen=True)
class Request:
    """A request as a page shows it."""

    where: str
    method: str
    address: str
    body: str


def read_request(where: str, command: str) -> Request | None:
    """The request of a command line of curl, or None if it goes to another server."""
    words = shlex.split(re.sub(r"\$\([^)]*\)", "TEXT", command))[1:]
    method, address, body = "", "", ""
    while words:
        word = words.pop(0)
        value = words.pop(0) if word in WITH_VALUE else ""
        if word in {"-X", "--request"}:
            method = value
        elif word in {"-d", "--data"}:
            body = value
        elif not word.startswith("-"):
            address = word
    method = method or ("POST" if body else "GET")
    return Request(where, method, address, body) if SERVICE.match(address) else None


def list_requests() -> list[Request]:
    """The requests of all pages to the service."""
    commands = [
        (str(block), found[0])
        for block in list_blocks()
        if block.language in SHELL
        for found in re.finditer(
            r"^ *curl (?:[^'\"\n]|'[^']*'|\"(?:[^\"\\]|\\.)*\"|\\\n)*",
            re.sub(r"\\\n\s*", "", block.text),
            re.MULTILINE | re.DOTALL,
        )
    ]
    read = [read_request(where, re.sub(r"\s+#.*", "", text)) for where, text in commands]
    return [request for request in read if request]


REQUESTS = list_requests()


@cache
def describe() -> dict[str, Any]:
    """The OpenAPI description of the service."""
    described: dict[str, Any] = make_app().openapi()
    return described


def test_the_pages_show_requests() -> None:
    assert len(REQUESTS) >= 8
    assert any(request.body for request in REQUESTS)


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: request.where)
def test_a_request_goes_to_a_route_with_its_parameters_and_its_body(request_: Request) -> None:
    parts = urlsplit(re.sub(r"^\$\{?\w+\}?", "", request_.address))
    found = [
        route.path_format
        for method, route in list_routes(make_app())
        if method == request_.method
        if re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", route.path_format), parts.path)
    ]
    assert found, f"no route takes {request_.method} {parts.path}"
    operation = describe()["paths"].get(found[0], {}).get(request_.method.lower())
    if operation is None:  # a page, or a file
        return
    known = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"}
    assert {name for name, _ in parse_qsl(parts.query)} <= known
    if request_.body and not request_.body.startswith("@"):
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        whole = {**schema, "components": describe()["components"]}
        jsonschema.Draft202012Validator(whole).validate(json.loads(request_.body))
