"""Images and compose files name what exists, and deploy safely: no root, no secrets.

Here the files are read; test_containers.py runs them where containers can be. The compose files
keep to a simple form for that: two spaces a level, lists of words in brackets.
"""

import json
import re
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import click
import pytest

from service.cli.main import commands

ROOT = Path(__file__).parents[3]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = (ROOT / "docker-compose.yml").read_text()
OVERRIDE = (ROOT / "docker-compose.emulators.yml").read_text()
TRAINING = (ROOT / "docker-compose.baseline.yml").read_text()
EMULATOR_VARIABLES = (
    "FIRESTORE_EMULATOR_HOST",
    "STORAGE_EMULATOR_HOST",
    "FIREBASE_AUTH_EMULATOR_HOST",
)
SERVERS = ("service", "worker", "beat", "emulators")
OURS = (*SERVERS, "baseline")


def blocks(text: str) -> dict[str, str]:
    """What stands under each key of the outermost level of `text`, moved left by one level."""
    body = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return {
        key: re.sub(r"^ {2}", "", rest + below, flags=re.MULTILINE)
        for key, rest, below in re.findall(
            r"^([\w-]+):(.*\n?)((?:^(?: .*)?(?:\n|\Z))*)", body, re.MULTILINE
        )
    }


def service_blocks(text: str) -> dict[str, str]:
    """Each service of a compose file, what it merges from `x-...` included."""
    top = blocks(text)
    anchors = {
        found[1]: block
        for key, block in top.items()
        if key.startswith("x-") and (found := re.match(r" ?&(\w+)\n", block))
    }
    merged = {}
    for name, block in blocks(top["services"]).items():
        found = re.search(r"^<<: \*(\w+)$", block, re.MULTILINE)
        inherited = anchors[found[1]] if found else ""
        # A key of a service stands before the same key of what it merges.
        merged[name] = block + "\n" + inherited
    return merged


SERVICES = service_blocks(COMPOSE)


def command_of(name: str) -> list[str]:
    words: list[str] = json.loads(
        re.search(r"^command: (\[.*\])$", SERVICES[name], re.MULTILINE)[1]
    )  # type: ignore[index]
    return words


def refers_to_what_exists(words: list[str]) -> None:
    """Fail when a command line names a module, object, subcommand or option that is not there."""
    match words:
        case [
            "celery",
            *options,
        ]:  # with --help Celery loads the application and reads the options, and does no more
            taken = subprocess.run(
                [sys.executable, "-m", "celery", *options, "--help"],
                capture_output=True,
                text=True,
                check=False,
                cwd=ROOT,
            )
            assert taken.returncode == 0, taken.stderr
        case ["redraw", name, *options]:
            command = commands.commands[name]
            options = [ROOT.as_posix() if each == "/raw" else each for each in options]
            with command.make_context(name, list(options)):
                pass
        case _:
            pytest.fail(f"there is no command {words}")


def test_redis_and_all_parts_of_redraw_are_there() -> None:
    assert set(SERVICES) == {"redis", *OURS}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_a_health_check_restarts_and_is_not_root(name: str) -> None:
    block = SERVICES[name]
    assert re.search(r"^read_only: true$", block, re.MULTILINE)
    restart = re.search(r"^restart: (.+)$", block, re.MULTILINE)
    assert restart
    if name == "baseline":  # it does its work and ends
        assert restart[1] == '"no"'
    else:
        assert re.search(r"^healthcheck:\n  test: \[", block, re.MULTILINE)
        assert restart[1] == "unless-stopped"
    user = re.search(r'^user: "(.+)"$', block, re.MULTILINE)
    assert user
    assert user[1] not in {"root", "0", "0:0"}
    assert 'cap_drop: ["ALL"]' in block


@pytest.mark.parametrize("name", OURS)
def test_redraw_may_write_to_its_data_and_to_tmp_alone(name: str) -> None:
    assert 'tmpfs: ["/tmp"]' in SERVICES[name]
    assert re.findall(r"^ +- (?!\./|\$)\S+?:(/\w+)$", SERVICES[name], re.MULTILINE)[0] == "/data"


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_is_of_the_small_image(name: str) -> None:
    assert re.search(r"^image: redraw$", SERVICES[name], re.MULTILINE)
    assert re.search(r"^  target: run$", SERVICES[name], re.MULTILINE)


@pytest.mark.parametrize(
    "block", [SERVICES["baseline"], service_blocks(TRAINING)["worker"]], ids=["job", "worker"]
)
def test_what_trains_is_of_the_image_with_tensorflow(block: str) -> None:
    image = re.search(r"^image: (.+)$", block, re.MULTILINE)
    target = re.search(r"^  target: (.+)$", block, re.MULTILINE)
    assert image
    assert target
    assert (image[1], target[1]) == ("redraw-baseline", "baseline")


@pytest.mark.parametrize("name", OURS)
def test_the_command_of_a_service_exists(name: str) -> None:
    refers_to_what_exists(command_of(name))


def test_a_command_that_does_not_exist_would_be_noticed() -> None:
    with pytest.raises(click.NoSuchOption):
        refers_to_what_exists(["redraw", "emulators", "--data-dir", "x", "--no-such-option", "1"])
    with pytest.raises(AssertionError):
        refers_to_what_exists(["celery", "--app", "workers.worker", "beat", "--no-such-option"])
    with pytest.raises(AssertionError):
        refers_to_what_exists(["celery", "--app", "workers.nowhere", "beat"])


@pytest.mark.parametrize("name", ["worker"])
def test_the_health_check_of_a_worker_asks_the_same_application(name: str) -> None:
    assert f"celery --app {command_of(name)[2]} inspect ping" in SERVICES[name]


def test_the_health_check_of_beat_is_a_module_that_exists() -> None:
    assert 'test: ["CMD", "python", "-m", "workers.beat"]' in SERVICES["beat"]
    assert find_spec("workers.beat")


@pytest.mark.parametrize("name", SERVICES)
def test_the_log_of_a_service_cannot_fill_the_disk(name: str) -> None:
    block = SERVICES[name]
    assert "logging: *logging" in block or 'options: {max-size: "10m", max-file: "3"}' in block


def test_redis_keeps_its_messages_in_a_volume() -> None:
    words = command_of("redis")
    assert words[words.index("--appendonly") + 1] == "yes"
    assert f"- redis:{words[words.index('--dir') + 1]}" in SERVICES["redis"]


def test_every_volume_that_is_used_is_declared() -> None:
    used = set(re.findall(r"^ +- (\w+):/", "\n".join(SERVICES.values()), re.MULTILINE))
    assert used == set(blocks(blocks(COMPOSE)["volumes"].lstrip("\n")))


def test_only_the_service_is_reachable_and_from_this_machine_alone() -> None:
    ports = re.findall(r'^ *- "(.*:\d+)"$', COMPOSE, re.MULTILINE)
    assert ports == ["127.0.0.1:${REDRAW_PORT:-8000}:8000"]


def test_emulators_come_with_their_profile_alone() -> None:
    assert 'profiles: ["emulators"]' in SERVICES["emulators"]
    assert 'profiles: ["baseline"]' in SERVICES["baseline"]
    assert {name for name in SERVICES if "profiles:" in SERVICES[name]} == {"emulators", "baseline"}


def test_no_emulator_variable_is_set_without_the_second_file() -> None:
    assert [name for name in EMULATOR_VARIABLES if name in COMPOSE + DOCKERFILE] == []


def test_the_second_file_points_every_part_at_the_emulators() -> None:
    overridden = service_blocks(OVERRIDE)
    assert set(overridden) == {"service", "worker", "beat", "baseline"}
    words = command_of("emulators")
    port = {name: words[words.index(f"--{name}-port") + 1] for name in ("firestore", "storage")}
    for block in overridden.values():
        assert f"FIRESTORE_EMULATOR_HOST: emulators:{port['firestore']}\n" in block
        assert f"STORAGE_EMULATOR_HOST: http://emulators:{port['storage']}\n" in block
        assert "REDRAW_ENVIRONMENT: development\n" in block


STAGES = {
    found[2]: found[0] + "\n" + found[3]
    for found in re.findall(
        r"^FROM (\S+)( AS (\w+))?\n(.*?)(?=^FROM |\Z)", DOCKERFILE, re.MULTILINE | re.DOTALL
    )
}
"""What each stage of the Dockerfile begins with, and its steps; the last has no name."""


@pytest.mark.parametrize("target", ["run", "baseline"])
def test_an_image_belongs_to_nobody_special(target: str) -> None:
    assert re.findall(r"^USER (.+)$", STAGES[target], re.MULTILINE)[-1] == "10001:10001"
    assert all('user: "10001:10001"' in SERVICES[name] for name in OURS)


def test_the_image_runs_the_service() -> None:
    (words,) = re.findall(r"^CMD (\[.*\])$", STAGES["run"], re.MULTILINE)
    refers_to_what_exists(json.loads(words))


def test_an_image_that_nobody_names_is_the_small_one() -> None:
    assert STAGES[""].split() == ["run"]


@pytest.mark.parametrize(("stage", "lock"), [("packages", "run"), ("training", "baseline")])
def test_packages_are_installed_with_their_hashes_before_the_code_is_there(
    stage: str, lock: str
) -> None:
    assert f"--require-hashes --requirement /requirements-{lock}.lock" in STAGES[stage]
    assert "COPY pipeline" not in STAGES[stage]
    assert STAGES[stage].split()[0] in {"base", "packages"}


@pytest.mark.parametrize("target", ["run", "baseline"])
def test_no_image_is_made_of_a_stage_that_has_pip(target: str) -> None:
    base = STAGES[target].split()[0]
    assert base in {"base", "run"}
    steps = re.sub(r"^#.*|/usr/local/\S+", "", STAGES[target], flags=re.MULTILINE)
    assert re.findall(r"\bpip\b", steps) == []


def test_the_image_holds_every_package_and_what_installing_needs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = {name.partition(".")[0] for name in project["tool"]["setuptools"]["packages"]}
    needed = {
        "clients",  # the page to play on loads the web client
        "pyproject.toml",
        "requirements-baseline.lock",
        "requirements-run.lock",
        project["project"]["readme"],
        *project["project"]["license-files"],
    }
    assert list_copied() == packages | needed


def list_copied() -> set[str]:
    """What the Dockerfile copies from this folder."""
    return set(" ".join(re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)).split())


def test_the_builder_is_given_only_what_the_image_copies() -> None:
    lines = [
        line
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    assert lines[0] == "*"
    assert {line[1:] for line in lines if line.startswith("!")} == list_copied()


@pytest.mark.parametrize(
    "name", ["Dockerfile", ".dockerignore", *(file.name for file in ROOT.glob("docker-compose*"))]
)
def test_no_deployment_file_holds_a_secret(name: str) -> None:
    text = (ROOT / name).read_text()
    assert (
        re.findall(
            r"(?:KEY|TOKEN|PASSWORD|SECRET)\w*\s*[:=]\s*[^\s#\"]+",
            text.replace("/run/secrets/<file>", ""),
        )
        == []
    )
