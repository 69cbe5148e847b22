"""Several processes at the same documents: no update is lost, no job is claimed twice."""

import subprocess
import sys
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore

from emulator.servers import Emulators
from tests.contract._contention import ACCOUNTS, TRANSFERS

CONTENDER = Path(__file__).with_name("_contention.py")
BALANCE = 100
JOBS = 30


@pytest.fixture
def host(embedded_firebase: Emulators) -> str:
    """The embedded server alone: Google's locks what was read, and takes minutes for the same."""
    return embedded_firebase.firestore_host


@pytest.fixture
def client(host: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[firestore.Client]:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", host)
    with closing(
        firestore.Client(project=f"demo-{uuid.uuid4().hex}", credentials=AnonymousCredentials())
    ) as client:
        yield client


def contended(what: str, host: str, client: firestore.Client, processes: int) -> list[list[str]]:
    """Run so many processes at once, and return the lines that each one printed."""
    started = [
        subprocess.Popen(
            [sys.executable, str(CONTENDER), what, host, client.project, str(number)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(processes)
    ]
    printed = [process.communicate()[0].splitlines() for process in started]
    assert [process.returncode for process in started] == [0] * processes
    return printed


def transfers_keep_the_sum(host: str, client: firestore.Client) -> int:
    """Returns how often a client gave up."""
    for number in range(ACCOUNTS):
        client.document(f"accounts/{number}").set({"n": BALANCE})
    lines = [line for printed in contended("transfer", host, client, 4) for line in printed]
    expected = Counter(dict.fromkeys(map(str, range(ACCOUNTS)), BALANCE))
    for source, target, amount in (line.split() for line in lines if line != "again"):
        expected[source] -= int(amount)
        expected[target] += int(amount)
    balances = {account.id: account.get("n") for account in client.collection("accounts").stream()}
    assert len(lines) - lines.count("again") == 4 * TRANSFERS
    assert sum(balances.values()) == ACCOUNTS * BALANCE
    assert balances == expected
    return lines.count("again")


def each_job_is_claimed_once(host: str, client: firestore.Client) -> int:
    """Returns how often a client gave up."""
    names = [f"{number:02d}" for number in range(JOBS)]
    for name in names:
        client.document(f"jobs/{name}").set({"status": "pending"})
    lines = [line for printed in contended("claim", host, client, 3) for line in printed]
    assert sorted(line for line in lines if line != "again") == names
    return lines.count("again")


@pytest.mark.slow
def test_160_transfers_by_4_processes_keep_the_sum(host: str, client: firestore.Client) -> None:
    transfers_keep_the_sum(host, client)


@pytest.mark.slow
def test_30_jobs_claimed_by_3_workers_are_30_claims(host: str, client: firestore.Client) -> None:
    each_job_is_claimed_once(host, client)


@pytest.mark.slow
@pytest.mark.parametrize("time_in_a_row", range(1, 21))
def test_twenty_times_in_a_row_no_update_is_lost_and_no_client_gives_up(
    host: str, client: firestore.Client, time_in_a_row: int
) -> None:
    assert transfers_keep_the_sum(host, client) == 0
    assert each_job_is_claimed_once(host, client) == 0
