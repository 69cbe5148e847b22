"""The processes of demo and up: one that does not start, or ends, is reported; all are stopped."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from pipeline.errors import RedrawError
from pipeline.settings import Settings
from pipeline.settings_reading import load_settings
from pipeline.signing.keys import SigningKey
from service.cli.processes import Stack
from service.cli.stack import (
    choose_redis,
    find_free_ports,
    find_signing_key,
    new_stack,
    redis_command,
    sign_in_development,
)


def test_a_process_that_ends_is_reported_with_its_exit_code_and_its_output(tmp_path: Path) -> None:
    with new_stack(load_settings(data_dir=tmp_path), find_free_ports(), {}) as stack:
        stack.start("part", sys.executable, "-c", "print('no room left'); raise SystemExit(3)")
        with pytest.raises(RedrawError, match=r"part ended with exit code 3.*no room left"):
            stack.wait_for("part", lambda: False)


def test_everything_started_is_stopped_when_the_block_ends_badly(tmp_path: Path) -> None:
    def fail() -> None:
        with new_stack(load_settings(data_dir=tmp_path), find_free_ports(), {}) as stack:
            stack.start("part", sys.executable, "-c", "import time; time.sleep(600)")
            started.append(stack.processes["part"])
            raise KeyboardInterrupt

    started: list = []
    with pytest.raises(KeyboardInterrupt):
        fail()
    assert started[0].returncode is not None


def test_a_process_that_ignores_the_request_to_end_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.cli.processes.STOP_SECONDS", 0.2)
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
        "open('up', 'w'); time.sleep(600)"
    )
    with new_stack(load_settings(data_dir=tmp_path), find_free_ports(), {}) as stack:
        monkeypatch.chdir(tmp_path)
        stack.start("part", sys.executable, "-c", stubborn)
        process = stack.processes["part"]
        stack.wait_for("part", (tmp_path / "up").exists)
    assert process.returncode == -9


def test_redis_server_is_taken_where_it_is_installed_and_fakeredis_elsewhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = load_settings(redis_server="auto")
    monkeypatch.setattr("shutil.which", lambda _: "/usr/bin/redis-server")
    assert choose_redis(settings) == "redis-server"
    assert "--appendonly" in redis_command(settings, 1234, tmp_path / "redis")
    monkeypatch.setattr("shutil.which", lambda _: None)
    assert choose_redis(settings) == "fakeredis"


def test_a_wish_for_redis_server_that_is_not_there_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(RedrawError, match="REDRAW_REDIS_SERVER=fakeredis"):
        choose_redis(load_settings(redis_server="redis-server"))


def test_the_redis_that_stands_in_keeps_a_connection_after_an_error(tmp_path: Path) -> None:
    settings = load_settings(redis_server="fakeredis", data_dir=tmp_path)
    ports = find_free_ports()
    with new_stack(settings, ports, {}) as stack:
        stack.start("redis", *redis_command(settings, ports.redis, tmp_path / "redis"))
        client = redis.Redis(port=ports.redis, retry=Retry(NoBackoff(), 0))
        stack.wait_for("redis", lambda: is_answering(client))
        assert [client.register_script(f"return {number}")() for number in range(20)] == list(
            range(20)
        )


def is_answering(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


def test_what_the_processes_write_is_for_its_owner_alone(tmp_path: Path) -> None:
    written = tmp_path / "written"
    stack = Stack(tmp_path / "data" / "logs", {})
    stack.start("writer", sys.executable, "-c", f"open({str(written)!r}, 'w')")
    assert stack.processes["writer"].wait(60) == 0
    stack.stop()
    modes = {
        path.name: path.stat().st_mode & 0o777
        for path in (written, *(tmp_path / "data").rglob("*"), tmp_path / "data")
    }
    assert modes == {"written": 0o600, "data": 0o700, "logs": 0o700, "writer.log": 0o600}


def test_no_process_is_started_by_a_fork_which_grpc_may_never_let_end(tmp_path: Path) -> None:
    forks: list[int] = []
    os.register_at_fork(before=lambda: forks.append(os.getpid()))
    stack = Stack(tmp_path / "logs", {})
    stack.start("nothing", sys.executable, "-c", "")
    assert stack.processes["nothing"].wait(60) == 0
    assert forks == []


def is_running(pid: int) -> bool:
    """Return whether a process is there and not merely waiting to be forgotten (a zombie)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such signal")
def test_a_process_ends_when_the_one_that_started_it_is_killed(tmp_path: Path) -> None:
    starting = f"""
import sys, time
from pathlib import Path
from service.cli.processes import Stack
stack = Stack(Path({str(tmp_path)!r}), {{}})
stack.start("sleeper", sys.executable, "-c", "import time; print(1, flush=True); time.sleep(600)")
while not (Path({str(tmp_path)!r}) / "sleeper.log").stat().st_size:
    time.sleep(0.05)
print(stack.processes["sleeper"].pid, flush=True)
time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", starting], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
        while is_running(pid):
            time.sleep(0.05)


def test_a_data_folder_gets_one_signing_key_of_its_own(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path)
    found = find_signing_key(settings)
    assert found == {"REDRAW_SIGNING_KEY": str(tmp_path / "development-signing.key")}
    assert find_signing_key(settings) == found
    signed = sign_in_development(settings)
    assert signed.signer is not None
    assert signed.signer.text == (tmp_path / "development-signing.key").read_text().strip()


def test_where_the_settings_name_keys_none_is_made(tmp_path: Path) -> None:
    public = SigningKey(bytes(32)).public.text
    for named in ({"signing_key": SigningKey(bytes(32)).text}, {"trusted_keys": public}):
        settings = Settings(_env_file=None, data_dir=tmp_path, **named)
        assert find_signing_key(settings) == {}
        assert sign_in_development(settings) is settings
    assert list(tmp_path.iterdir()) == []
