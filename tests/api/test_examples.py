"""Every body and every answer in /openapi.json has an example, which fits its own schema."""

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from pipeline.bootstrap import in_memory
from pipeline.settings import Settings
from service.app import create_app
from service.contract.description import EXAMPLES


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    return create_app(Settings(_env_file=None), in_memory(), print).openapi()


def contents(description: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The JSON bodies of all operations, and where each is."""
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            bodies = {"request": operation.get("requestBody", {}), **operation["responses"]}
            for name, body in bodies.items():
                for kind, content in body.get("content", {}).items():
                    if kind.endswith("json"):
                        yield f"{method} {path} {name}", content


def test_every_json_body_has_an_example_but_a_version_s_files(description: dict[str, Any]) -> None:
    without = [
        place
        for place, content in contents(description)
        if not {"example", "examples"} & set(content)
    ]
    assert without == ["get /v1/models/{version}/files/{name} 200"]


def test_every_example_fits_its_schema(description: dict[str, Any]) -> None:
    checked, validators = 0, {}
    for place, content in contents(description):
        name = str(content["schema"])
        if name not in validators:
            root = {"allOf": [content["schema"]], "components": description["components"]}
            validators[name] = jsonschema_rs.validator_for(root)
        examples = [content["example"]] if "example" in content else []
        examples += [each["value"] for each in content.get("examples", {}).values()]
        for example in examples:
            mistakes = [error.message for error in validators[name].iter_errors(example)]
            assert mistakes == [], place
            checked += 1
    assert checked > 300


def test_every_file_of_examples_is_of_an_operation(description: dict[str, Any]) -> None:
    known = {
        operation["operationId"]
        for methods in description["paths"].values()
        for operation in methods.values()
    }
    assert {file.stem for file in EXAMPLES.glob("*.json")} <= known
