"""Roles in deploy/google and docs/permissions.md hold what the code calls, and nothing else."""

import re
from pathlib import Path

import pytest
import yaml

from pipeline.adapters.firestore_client import CALLS
from pipeline.ports import Ports
from pipeline.ports.raw import RawProject
from tests.unit.permissions._calls import RPCS, find_permissions
from tests.unit.permissions._graph import ADAPTERS, PORTS, Graph, read_graph

pytestmark = pytest.mark.slow  # reads all source

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "deploy/google/roles"
PAGE = (ROOT / "docs/permissions.md").read_text()
WEB = sorted(
    f"service.{path.stem}"
    for path in (ROOT / "service").iterdir()
    if (path.is_dir() or path.suffix == ".py")
    and path.stem not in {"cli", "callers", "__init__", "__pycache__"}
)
PROCESSES = {
    "service": WEB,
    "worker": ["workers.tasks", "workers.batches"],
    "baseline": ["service.cli.commands.baseline.baseline"],
    "owner": ["service.cli"],
}


@pytest.fixture(scope="module")
def graph() -> Graph:
    return read_graph()


@pytest.fixture(scope="module")
def needed(graph: Graph) -> dict[str, set[str]]:
    """What each process needs."""
    return {
        name: {
            permission
            for node in graph.reach(roots)
            for permission in find_permissions(graph, node)
        }
        for name, roots in PROCESSES.items()
    }


def read_role(name: str) -> set[str]:
    role = yaml.safe_load((FOLDER / f"{name}.yaml").read_text())
    assert role.keys() == {"title", "description", "stage", "includedPermissions"}
    listed = role["includedPermissions"]
    assert listed == sorted(set(listed))
    return set(listed)


@pytest.mark.parametrize("process", PROCESSES)
def test_the_roles_of_a_process_hold_what_it_calls(
    needed: dict[str, set[str]], process: str
) -> None:
    of_bucket = {each for each in needed[process] if each.startswith("storage.")}
    assert read_role(f"{process}-bucket") == of_bucket
    assert read_role(process) == needed[process] - of_bucket


def test_there_is_no_role_for_anything_else() -> None:
    names = {path.stem for path in FOLDER.iterdir()}
    assert names == {f"{name}{part}" for name in PROCESSES for part in ("", "-bucket")}


@pytest.mark.parametrize("process", PROCESSES)
def test_the_page_says_what_the_roles_hold(process: str) -> None:
    [row] = re.findall(rf"^\| {process} \|[^|]*\| ([^|]*) \| ([^|]*) \|$", PAGE, re.MULTILINE)
    on_project, on_bucket = (set(re.findall(r"`([^`]+)`", cell)) for cell in row)
    assert on_project == read_role(process)
    assert on_bucket == read_role(f"{process}-bucket")


def test_a_web_process_can_delete_no_object_and_change_no_account(
    needed: dict[str, set[str]],
) -> None:
    assert needed["service"].isdisjoint({"storage.objects.delete", "firebaseauth.users.update"})


def test_beat_calls_nothing_of_google(graph: Graph) -> None:
    reached = graph.reach(["workers.worker", "workers.scheduler", "workers.beat"])
    assert {each for node in reached for each in find_permissions(graph, node)} == set()


def test_every_call_that_the_client_of_firestore_makes_is_in_the_table(
    needed: dict[str, set[str]],
) -> None:
    assert RPCS.keys() == CALLS
    behind = set.union(*RPCS.values())
    for permissions in needed.values():
        assert {each for each in permissions if each.startswith("datastore.")} <= behind


def test_every_port_is_followed(graph: Graph) -> None:
    # Else a process would need more than was found.
    reached = graph.reach(root for roots in PROCESSES.values() for root in roots)
    for modules in PORTS.values():
        for module in modules:
            assert any(node.startswith(f"{ADAPTERS}{module}.") for node in reached), module


def test_every_field_of_the_ports_is_one_that_is_followed() -> None:
    fields = {*Ports.__dataclass_fields__, *RawProject.__dataclass_fields__}
    assert fields - {"trusted", "project", "bucket"} == PORTS.keys()
