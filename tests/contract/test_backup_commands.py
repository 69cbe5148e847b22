"""`redraw backup` and `redraw restore` on embedded emulators, in this process."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore

from emulator.servers import Emulators, run_emulators
from tests._command_line import call_redraw

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def servers() -> Iterator[Emulators]:
    with run_emulators() as emulators:
        yield emulators


@pytest.fixture
def emulators(servers: Emulators, monkeypatch: pytest.MonkeyPatch) -> Emulators:
    servers.reset()
    for name, value in servers.environment().items():
        monkeypatch.setenv(name, value)
    return servers


@pytest.fixture
def redraw(
    emulators: Emulators,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> Call:
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        code = call_redraw(*arguments)
        return code, *capsys.readouterr()

    return call


def write(path: str, **fields: object) -> None:
    client = firestore.Client(project="demo-redraw", credentials=AnonymousCredentials())
    client.document(path).set(fields)
    client.close()


@pytest.mark.parametrize(
    "place",
    [pytest.param("backups", marks=pytest.mark.slow), "gs://another-bucket/some/folder"],
)
def test_a_project_is_backed_up_and_restored(
    redraw: Call, emulators: Emulators, place: str
) -> None:
    write("corrections/a", userId="p")
    code, said, _ = redraw("backup", place)
    assert (code, "1 document, 0 objects" in said) == (0, True)
    assert redraw("backup", place, "--verify")[1].startswith(said.split()[1])
    assert redraw("backup", place, "--list")[1].startswith(said.split()[1])
    write("corrections/b", userId="p")
    code, _, fault = redraw("restore", place, "--yes")
    assert (code, fault.count("\n")) == (1, 1)
    assert "1 documents and objects are not in the backup (corrections/b)" in fault
    code, planned, _ = redraw("restore", place, "--existing", "keep")
    assert (code, planned.splitlines()[-1]) == (0, "nothing is written yet: redraw restore --yes")
    code, tried, _ = redraw("restore", place, "--try")
    assert (code, "restored, and equal by digest: 1 document" in tried) == (0, True)
    code, restored, _ = redraw("restore", place, "--existing", "keep", "--yes")
    assert (code, "restored, and equal by digest: 1 document" in restored) == (0, True)
    code, pruned, _ = redraw("backup", place, "--keep", "1")
    assert (code, f"deleted: {said.split()[1]}" in pruned) == (0, True)


def test_a_damaged_backup_ends_with_1_and_names_the_file(redraw: Call, tmp_path: Path) -> None:
    write("corrections/a", userId="p")
    redraw("backup", "backups")
    (part,) = (path for path in (tmp_path / "backups/pool").rglob("*") if path.is_file())
    part.write_bytes(part.read_bytes()[:-1])
    code, said, _ = redraw("backup", "backups", "--verify")
    assert (code, f"damaged: pool/{part.name[:2]}/{part.name}" in said) == (1, True)
    assert redraw("restore", "backups", "--yes")[0] == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("backup", "s3://bucket/x"),
        ("backup", "gs://"),
        ("backup", "gs://demo-redraw.appspot.com/backups"),
        ("restore", "nowhere"),
        ("restore", "nowhere", "--id", "../../etc/passwd"),
        ("backup", "nowhere", "--verify"),
    ],
)
def test_a_place_without_a_backup_is_one_line_that_says_what_to_do(
    redraw: Call, arguments: tuple[str, ...]
) -> None:
    code, _, fault = redraw(*arguments)
    assert (code, fault.count("\n")) == (1, 1)
    assert fault.startswith("redraw: ")
