"""`redraw keys` and `redraw verify`: keys are made, shown and used; what is wrong is named."""

import stat
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pipeline import bootstrap
from pipeline.bootstrap import in_memory
from pipeline.settings import Settings
from pipeline.signing.keys import SigningKey, read_signing_key
from pipeline.trial.plans import plan_trial
from pipeline.versions import verification
from tests.unit.cli._runs import Call
from tests.unit.versions._publishing import publish_in

OLD, NEW = SigningKey(bytes(range(32))), SigningKey(bytes(range(1, 33)))


@pytest.fixture
def ports() -> Any:
    """v1.0.1 is signed by the old key, v1.0.2 by none; v1.0.1 is released."""
    project: Any = in_memory()
    publish_in(project, signer=OLD)
    publish_in(project, run_id="run-2")
    project.models.promote("v1.0.1", by="owner", why="the first one")
    return project


@pytest.fixture(autouse=True)
def _without_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = partial(verification.verify_version, check=lambda *_: [])
    monkeypatch.setattr(verification, "verify_version", quick)


@pytest.fixture
def rotating(ports: Any, redraw: Call, monkeypatch: pytest.MonkeyPatch) -> Call:
    """`redraw` where the new key signs, and the old one is trusted too."""
    monkeypatch.setenv("REDRAW_SIGNING_KEY", NEW.text)
    monkeypatch.setenv("REDRAW_TRUSTED_KEYS", OLD.public.text)
    monkeypatch.setattr(
        bootstrap, "connect", lambda settings: replace(ports, trusted=settings.trusted)
    )
    return redraw


def test_a_new_key_is_saved_for_its_owner_and_only_its_public_part_is_shown(
    redraw: Call, tmp_path: Path
) -> None:
    code, said, _ = redraw("keys", "new")
    path = tmp_path / "data" / "signing.key"
    key = read_signing_key(str(path))
    assert (code, stat.S_IMODE(path.stat().st_mode)) == (0, 0o600)
    assert key.text not in said
    for part in (key.public.text, key.public.id, f"REDRAW_SIGNING_KEY={path}", str(path)):
        assert part in said


def test_a_key_is_not_overwritten(redraw: Call, tmp_path: Path) -> None:
    redraw("keys", "new", "--out", "my.key")
    before = (tmp_path / "my.key").read_bytes()
    code, _, fault = redraw("keys", "new", "--out", "my.key")
    assert (code, fault.count("\n")) == (1, 1)
    assert (tmp_path / "my.key").read_bytes() == before


def test_keys_are_shown_with_what_they_do(rotating: Call) -> None:
    code, said, _ = rotating("keys", "show")
    assert (code, said.splitlines()) == (
        0,
        [
            f"{NEW.public.id}  {NEW.public.text}  signs",
            f"{OLD.public.id}  {OLD.public.text}  is trusted",
        ],
    )


def test_without_keys_it_says_so(redraw: Call) -> None:
    assert redraw("keys", "show")[1].startswith("nothing is signed")
    code, _, fault = redraw("keys", "sign", "v1.0.1")
    assert code == 1
    assert "REDRAW_SIGNING_KEY is not set" in fault


def test_all_are_signed_that_a_trusted_key_has_signed_and_others_must_be_named(
    rotating: Call,
) -> None:
    code, said, fault = rotating("keys", "sign", "--all")
    assert code == 1
    assert said == f"v1.0.1 is signed now, by {NEW.public.id}\n"
    assert "redraw keys sign v1.0.2" in fault
    assert rotating("keys", "sign", "v1.0.2")[0] == 0
    assert rotating("keys", "sign", "--all")[1].count("was signed before") == 2


@pytest.mark.parametrize("arguments", [(), ("v1.0.1", "--all")])
def test_what_to_sign_must_be_said(arguments: tuple[str, ...], rotating: Call) -> None:
    assert rotating("keys", "sign", *arguments)[0] == 2


def test_the_released_version_is_verified_line_by_line(rotating: Call, ports: Any) -> None:
    code, said, _ = rotating("verify")
    assert code == 0
    listed = [path for path in ports.artefacts.objects if "/v1.0.1/" in path]
    assert len(said.splitlines()) == len(listed)
    assert all(line.startswith("ok  models/production/v1.0.1/") for line in said.splitlines())


def test_the_version_on_trial_is_verified_too(rotating: Call, ports: Any) -> None:
    ports.trials.begin("v1.0.2", plan_trial(Settings(_env_file=None).trial, 3, "owner"))
    code, said, _ = rotating("verify")
    assert code == 1  # no key has signed it
    assert "ok  models/production/v1.0.1/manifest.json" in said
    assert "BAD models/production/v1.0.2/manifest.json" in said


def test_before_the_first_release_it_says_what_to_give(rotating: Call, ports: Any) -> None:
    ports.models._release = None
    code, _, fault = rotating("verify")
    assert (code, "name the versions to verify, or give --all" in fault) == (1, True)


def test_a_damaged_file_is_named_and_the_exit_code_is_1(rotating: Call, ports: Any) -> None:
    path = "models/production/v1.0.1/metadata.json"
    ports.artefacts.objects[path] = ports.artefacts.objects[path].replace(b"0.9", b"0.8")
    code, said, fault = rotating("verify")
    assert (code, fault.startswith("redraw: 1 line is BAD")) == (1, True)
    bad = [line for line in said.splitlines() if line.startswith("BAD")]
    assert len(bad) == 1
    assert bad[0].startswith(f"BAD {path}: its sha256 is ")


def test_all_versions_can_be_verified(rotating: Call) -> None:
    code, said, _ = rotating("verify", "--all")
    assert code == 1
    assert "BAD models/production/v1.0.2/manifest.json: none of the trusted keys" in said


def test_without_keys_it_says_that_signatures_were_not_checked(redraw: Call) -> None:
    code, said, _ = redraw("verify", "v1.0.2")
    assert code == 0
    assert "signatures were not checked" in said


def test_a_version_that_is_not_there_is_one_line(redraw: Call) -> None:
    code, _, fault = redraw("verify", "v9.9.9")
    assert (code, fault.count("\n")) == (1, 1)
