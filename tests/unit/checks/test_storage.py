"""`redraw doctor` says whether versions are signed, and what Storage holds and could free."""

from dataclasses import replace
from typing import Any

import pytest

from pipeline.settings import Settings
from pipeline.signing.keys import SigningKey
from pipeline.versions.signing import sign_version
from service.checks.storage import check_signatures, check_space
from tests.unit.retention._projects import SETTINGS, make_project

KEY = SigningKey(bytes(range(32)))


@pytest.fixture
def signing(tmp_path: Any) -> Settings:
    return Settings(_env_file=None, data_dir=tmp_path, signing_key=KEY.text)


def findings(settings: Settings, ports: Any) -> list[tuple[str, str | None]]:
    ports = replace(ports, trusted=settings.trusted)
    found = [*check_signatures(settings, ports), check_space(settings, ports)]
    return [(each.name, each.problem) for each in found]


def test_without_a_key_it_says_that_nothing_is_signed() -> None:
    said = findings(SETTINGS, make_project(1))
    assert said[0] == ("signatures: versions are not signed; `redraw keys new` says how", None)


def test_a_released_version_that_no_trusted_key_has_signed_is_bad(signing: Settings) -> None:
    said = dict(findings(signing, make_project(1)))
    name = f"signatures: versions are signed by the key {KEY.public.id}; trusted: {KEY.public.id}"
    assert said[name] is None
    assert "redraw keys sign v1.0.1" in str(said["signature of the released version v1.0.1"])


def test_ready_versions_without_a_signature_are_named(signing: Settings) -> None:
    ports = make_project(2)
    sign_version(ports.models.get("v1.0.2"), ports.artefacts, KEY)
    said = dict(findings(signing, ports))
    assert said["signature of the released version v1.0.2"] is None
    assert any("has signed v1.0.1, v1.0.0" in line for line in said)


def test_the_space_is_told_by_kind_with_what_would_go() -> None:
    settings = SETTINGS.with_changes(retention={"runs_days": 0})
    line, problem = findings(settings, make_project(1))[-1]
    assert problem is None
    assert line.startswith("space in Storage: versions ")
    assert "in 7 objects" in line
    assert "`redraw clean` would free" in line
