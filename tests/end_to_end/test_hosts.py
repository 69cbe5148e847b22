"""Hosts that share one Redis and one project are lost in each step, and the run still ends well."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore, storage

from pipeline.dataset.revisions import bring_up_to_date
from pipeline.runs.requests import request_run
from tests.end_to_end import _invariants as invariants
from tests.end_to_end._hosts import Hosts, Network, shared_by_hosts

STEPS = {
    "collecting": "pipeline.corrections.collect:collect_batch",
    "merging": "pipeline.dataset.revisions:store_additions",
    "fitting": "pipeline.retrain:fit_challenger",
    "judging": "pipeline.retrain:judge_challenger",
    "publishing": "pipeline.versions.publish:store_contents",
    "releasing": "pipeline.adapters.firestore_models:FirestoreModels.commit",
}
LOSING = ("--include", "tests.end_to_end.losing")
EXTRA = {
    "REDRAW_LEASE_SECONDS": "3",
    "REDRAW_SWEEP_SECONDS": "1",
    "REDRAW_COLLECT_BATCH": "80",
    "REDRAW_GATE_GOLDEN_WRONG": "50",  # see _house.py
    "PYTHONPATH": str(Path.cwd()),
}


@pytest.fixture(params=["kill", "cut"])
def hosts(request: pytest.FixtureRequest, first_version: Path, tmp_path: Path) -> Iterator[Hosts]:
    if not shutil.which("redis-server"):
        pytest.skip("redis-server is not installed")
    network = make_network() if request.param == "cut" else None
    losses = tmp_path / "losses"
    losses.mkdir()
    for function in STEPS.values():
        (losses / function).touch()
    shutil.copytree(first_version / "firebase", tmp_path / "firebase")
    extra = {**EXTRA, "REDRAW_LOSSES": str(losses), "REDRAW_LOST_BY": request.param}
    try:
        with shared_by_hosts(tmp_path / "firebase", tmp_path, extra, network) as hosts:
            yield hosts
    finally:
        if network:
            network.remove()


def make_network() -> Network:
    try:
        network = Network()
        network.add(0)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"network namespaces cannot be made here: {error}")
    return network


@pytest.mark.slow
def test_a_run_ends_well_although_in_each_step_its_host_is_lost(
    hosts: Hosts, first_version: Path, tmp_path: Path
) -> None:
    hosts.start(*LOSING)
    hosts.start(*LOSING)
    run_id = request_run(hosts.ports.runs, "the owner").id
    for function in STEPS.values():
        file = tmp_path / "losses" / function
        hosts.wait_for(lambda file=file: not file.exists())
        hosts.start(*LOSING)
    hosts.wait_for(lambda: hosts.ports.runs.get(run_id).state.ended)
    run = hosts.ports.runs.get(run_id)
    assert (run.state, run.version) == ("promoted", "v1.0.1"), run.reason
    check_all(hosts, first_version, tmp_path)
    if hosts.network:
        come_back(hosts, hosts.network)
        check_all(hosts, first_version, tmp_path)


def come_back(hosts: Hosts, network: Network) -> None:
    """Let the hosts that were cut off come back, and go on for another run with nothing new."""
    network.mend()
    run_id = request_run(hosts.ports.runs, "the owner").id
    hosts.wait_for(lambda: hosts.ports.runs.get(run_id).state.ended)
    run = hosts.ports.runs.get(run_id)
    assert run.state == "skipped", run.reason


def check_all(hosts: Hosts, first_version: Path, tmp_path: Path) -> None:
    """Check what is stored, by a machine that had nothing before."""
    project, dataset = hosts.settings.project_id, hosts.settings.dataset_file
    bring_up_to_date(hosts.ports.artefacts, dataset, categories=hosts.settings.categories)
    credentials = AnonymousCredentials()
    documents = firestore.Client(project=project, credentials=credentials)
    bucket = storage.Client(project=project, credentials=credentials).bucket(hosts.settings.bucket)
    invariants.every_correction_is_merged_once_or_has_a_reason(documents, dataset)
    invariants.the_data_set_is_sound(dataset, first_version / dataset.name)
    invariants.every_ready_version_has_its_files(documents, bucket, tmp_path)
    invariants.the_release_points_at_a_ready_version(documents, "v1.0.1")
    invariants.the_slot_is_free(documents)
