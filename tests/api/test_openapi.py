"""/openapi.json is complete enough to write a client from."""

import json
import re
from typing import Any

import pytest

from pipeline.bootstrap import in_memory
from pipeline.records.corrections import OwnerAction, OwnerChoice
from pipeline.setting_groups import GameSettings
from pipeline.settings import Settings
from service.app import create_app


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    return create_app(Settings(_env_file=None), in_memory(), print).openapi()


def operations(description: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (verb, path, route)
        for path, verbs in description["paths"].items()
        for verb, route in verbs.items()
    ]


def test_every_reference_leads_somewhere(description: dict[str, Any]) -> None:
    names = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(description)))
    assert names <= set(description["components"]["schemas"])
    assert {"Problem", "Run", "ModelVersion", "Release"} <= names


def test_every_route_is_described(description: dict[str, Any]) -> None:
    for verb, path, route in operations(description):
        assert route["summary"], (verb, path)
        assert route["description"], (verb, path)
        for status, answer in route["responses"].items():
            assert answer["description"], (verb, path, status)


def test_every_error_is_described_as_a_problem_and_no_other_shape(
    description: dict[str, Any],
) -> None:
    for verb, path, route in operations(description):
        errors = {
            status: answer for status, answer in route["responses"].items() if status >= "400"
        }
        assert errors, (verb, path)
        for status, answer in errors.items():
            assert list(answer["content"]) == ["application/problem+json"], (verb, path, status)
            assert answer["content"]["application/problem+json"]["schema"] == {
                "$ref": "#/components/schemas/Problem"
            }
    assert "HTTPValidationError" not in description["components"]["schemas"]


def test_every_success_has_a_shape(description: dict[str, Any]) -> None:
    for verb, path, route in operations(description):
        successes = [
            answer
            for status, answer in route["responses"].items()
            if status.startswith("2") and status != "204"
        ]
        assert successes, (verb, path)
        contents = [item for success in successes for item in success["content"].items()]
        for kind, answer in contents:
            is_file = path.endswith("/files/{name}")
            assert (
                is_file
                or kind in ("image/png", "text/event-stream")
                or path == "/metrics"
                or (kind == "application/json" and "$ref" in str(answer["schema"]))
            ), (verb, path)


def test_every_decision_that_can_be_sent_has_an_example(description: dict[str, Any]) -> None:
    route = description["paths"]["/v1/corrections/{correction_id}/decision"]["post"]
    schema = route["requestBody"]["content"]["application/json"]["schema"]
    examples = schema["examples"]
    assert {example["action"] for example in examples} == {*OwnerAction}
    assert set(schema["discriminator"]["mapping"]) == {*OwnerAction}
    assert [OwnerChoice.from_document(example).action for example in examples] == [
        each["action"] for each in examples
    ]


def test_both_ways_to_be_an_owner_are_described(description: dict[str, Any]) -> None:
    assert set(description["components"]["securitySchemes"]) == {"ApiKey", "FirebaseIdToken"}
    assert description["paths"]["/v1/retrains"]["post"]["security"] == [
        {"ApiKey": []},
        {"FirebaseIdToken": []},
    ]


def test_the_headers_that_matter_are_described(description: dict[str, Any]) -> None:
    post = description["paths"]["/v1/retrains"]["post"]
    assert "Idempotency-Key" in [parameter["name"] for parameter in post["parameters"]]
    assert "Location" in post["responses"]["202"]["headers"]
    assert {"ETag", "Cache-Control"} <= set(
        description["paths"]["/v1/release"]["get"]["responses"]["304"]["headers"]
    )


def test_the_labels_of_an_answer_are_the_classes_and_the_game_s_words_for_them() -> None:
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        categories=("cat", "sun"),
        game=GameSettings(labels={"kitty": "cat"}),
    )
    described = create_app(settings, in_memory(settings), print).openapi()
    fields = described["components"]["schemas"]["AnswerRequest"]["properties"]
    assert fields["correctedLabel"]["enum"] == ["cat", "sun", "kitty"]
    assert fields["originalPrediction"]["anyOf"][0]["enum"] == ["cat", "sun", "kitty"]
