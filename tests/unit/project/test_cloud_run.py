"""docs/cloud-run.md starts the processes of the compose file, with settings that exist."""

import re
from typing import Any

import pytest
import yaml

from pipeline.settings_reading import list_settings
from service.routes.health import router
from tests.unit.project._manifests import ROOT
from tests.unit.project.test_deployment import command_of

PAGE = (ROOT / "docs/cloud-run.md").read_text()


def machine_files() -> dict[str, Any]:
    """The files that the start-up file of the machine writes, by path."""
    [text] = re.findall(r"^```yaml\n(#cloud-config\n.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return {each["path"]: each for each in yaml.safe_load(text)["write_files"]}


@pytest.mark.parametrize("part", ["worker", "beat"])
def test_the_machine_starts_what_the_compose_file_starts(part: str) -> None:
    unit = machine_files()[f"/etc/systemd/system/redraw-{part}.service"]["content"]
    [command] = re.findall(rf"^ExecStart=/bin/bash (\S+) {part} (.*)$", unit, re.MULTILINE)
    assert command[0] in machine_files()
    assert command[1].split() == command_of(part)


def test_the_settings_that_it_names_exist() -> None:
    named = set(re.findall(r"\bREDRAW_[A-Z_]+", PAGE))
    assert len(named) > 8
    assert named <= {name for name, _ in list_settings()}


def test_the_web_process_is_started_and_asked_as_elsewhere() -> None:
    [arguments] = re.findall(r"--command redraw --args (\S+)", PAGE)
    assert ["redraw", *arguments.split(",")] == command_of("service")
    routes = {route.path for route in router.routes}  # type: ignore[attr-defined]
    assert set(re.findall(r"httpGet\.path=(/\w+)", PAGE)) <= routes


def test_the_machine_reads_the_token_and_a_secret_from_what_google_answers() -> None:
    # By sed, as no Python is promised there; in the forms that Google's pages show.
    script = machine_files()["/var/lib/redraw/start"]["content"]
    token, data = re.findall(r"sed -n 's/(.*?)/\\1/p'", script)
    answers = {
        token: '{"access_token":"ya29.c.x-_y","expires_in":3599}',
        data: '    "data": "aGV5",',
    }
    found = [
        re.sub(pattern.replace(r"\(", "(").replace(r"\)", ")"), r"\1", answer)
        for pattern, answer in answers.items()
    ]
    assert found == ["ya29.c.x-_y", "aGV5"]
