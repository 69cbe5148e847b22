"""Image, compose files and CI script name what exists, and deploy safely: no root, no secrets.

No Docker engine runs here, so the files are read, not run. The compose files keep to a simple
form for that: two spaces a level, lists of words in brackets.
"""

import json
import re
import stat
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
EMULATOR_VARIABLES = (
    "FIRESTORE_EMULATOR_HOST",
    "STORAGE_EMULATOR_HOST",
    "FIREBASE_AUTH_EMULATOR_HOST",
)
OURS = ("service", "worker", "beat", "emulators")


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
        merged[name] = block + ("\n" + anchors[found[1]] if found else "")
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
            with command.make_context(name, list(options)):
                pass
        case _:
            pytest.fail(f"there is no command {words}")


def test_redis_and_all_parts_of_redraw_are_there() -> None:
    assert set(SERVICES) == {"redis", *OURS}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_a_health_check_restarts_and_is_not_root(name: str) -> None:
    block = SERVICES[name]
    assert re.search(r"^healthcheck:\n  test: \[", block, re.MULTILINE)
    assert re.search(r"^restart: unless-stopped$", block, re.MULTILINE)
    user = re.search(r'^user: "(.+)"$', block, re.MULTILINE)
    assert user
    assert user[1] not in {"root", "0", "0:0"}
    assert 'cap_drop: ["ALL"]' in block


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
    assert re.findall(r'^ *- "(.*:\d+)"$', COMPOSE, re.MULTILINE) == ["127.0.0.1:8000:8000"]


def test_emulators_come_with_their_profile_alone() -> None:
    assert 'profiles: ["emulators"]' in SERVICES["emulators"]
    assert [name for name in SERVICES if "profiles:" in SERVICES[name]] == ["emulators"]


def test_no_emulator_variable_is_set_without_the_second_file() -> None:
    assert [name for name in EMULATOR_VARIABLES if name in COMPOSE + DOCKERFILE] == []


def test_the_second_file_points_every_part_at_the_emulators() -> None:
    overridden = service_blocks(OVERRIDE)
    assert set(overridden) == {"service", "worker", "beat"}
    words = command_of("emulators")
    port = {name: words[words.index(f"--{name}-port") + 1] for name in ("firestore", "storage")}
    for block in overridden.values():
        assert f"FIRESTORE_EMULATOR_HOST: emulators:{port['firestore']}\n" in block
        assert f"STORAGE_EMULATOR_HOST: http://emulators:{port['storage']}\n" in block
        assert "REDRAW_ENVIRONMENT: development\n" in block


def test_the_image_belongs_to_nobody_special_and_runs_the_service() -> None:
    assert re.findall(r"^USER (.+)$", DOCKERFILE, re.MULTILINE) == ["10001:10001"]
    assert all('user: "10001:10001"' in SERVICES[name] for name in OURS)
    refers_to_what_exists(json.loads(re.search(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)[1]))  # type: ignore[index]


def test_the_image_installs_the_lock_with_its_hashes_before_the_code() -> None:
    steps = re.findall(r"^(?:COPY|RUN) .*$", DOCKERFILE, re.MULTILINE)
    lock = steps.index("RUN pip install --require-hashes --requirement requirements-run.lock")
    project = steps.index("RUN pip install --no-deps --no-build-isolation --editable .")
    assert (
        steps.index("COPY requirements-run.lock ./")
        < lock
        < steps.index("COPY pipeline ./pipeline")
        < project
    )


def test_the_image_holds_every_package_and_what_installing_needs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    copied = set(" ".join(re.findall(r"^COPY (.*) \S+$", DOCKERFILE, re.MULTILINE)).split())
    packages = {name.partition(".")[0] for name in project["tool"]["setuptools"]["packages"]}
    needed = {
        "clients",  # the page to play on loads the web client
        "pyproject.toml",
        "requirements-run.lock",
        project["project"]["readme"],
        *project["project"]["license-files"],
    }
    assert copied == packages | needed


def test_the_builder_is_given_only_what_the_image_copies() -> None:
    lines = [
        line
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    copied = set(" ".join(re.findall(r"^COPY (.*) \S+$", DOCKERFILE, re.MULTILINE)).split())
    assert lines[0] == "*"
    assert {line[1:] for line in lines if line.startswith("!")} == copied


@pytest.mark.parametrize(
    "name", ["Dockerfile", "docker-compose.yml", "docker-compose.emulators.yml", ".dockerignore"]
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


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """An environment with a `make` that only says what it was asked for, and an apt that fails."""
    tools = {
        "make": 'echo "make $*"; cat',
        "apt-get": "echo broken >&2; exit 100",
        "id": "echo 0",
        "python3": f'exec {sys.executable} "$@"',
    }
    for name, line in tools.items():
        script = tmp_path / name
        script.write_text(f"#!/bin/sh\n{line}\n")
        script.chmod(0o755)
    for name in ("bash", "env", "dirname", "timeout", "cat", "sh"):
        found = subprocess.run(
            ["sh", "-c", f"command -v {name}"], capture_output=True, text=True, check=True
        ).stdout.strip()
        (tmp_path / name).symlink_to(found)
    return {"PATH": str(tmp_path), "CI": "true"}


def ci(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / ".ci/run"],
        env=environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
        cwd="/",
    )


def test_ci_runs_make_check_even_when_apt_fails_and_says_which_redis_is_used(
    bare: dict[str, str],
) -> None:
    done = ci(bare)
    assert done.returncode == 0, done.stderr
    assert "Redis is fakeredis" in done.stdout
    assert done.stdout.endswith("make check\n")


def test_ci_leaves_apt_alone_when_everything_is_there(bare: dict[str, str]) -> None:
    installed = {
        "redis-server": "echo Redis server v=7.0.15",
        "chromium": "true",
        "node": "true",
        "promtool": "true",
    }
    for name, line in installed.items():
        program = Path(bare["PATH"]) / name
        program.write_text(f"#!/bin/sh\n{line}\n")
        program.chmod(0o755)
    done = ci(bare)
    assert done.stdout == "ci: Redis is Redis server v=7.0.15\nmake check\n"


def test_ci_fails_when_the_checks_fail(bare: dict[str, str]) -> None:
    make = Path(bare["PATH"]) / "make"
    make.write_text("#!/bin/sh\nexit 2\n")
    assert ci(bare).returncode == 2


def test_the_ci_script_may_be_executed() -> None:
    assert (ROOT / ".ci/run").stat().st_mode & stat.S_IXUSR
