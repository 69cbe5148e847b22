"""A machine on which all is well, for tests of what lies in the project."""

import pytest

from service.checks.check import Finding


def make_machine_well(patch: pytest.MonkeyPatch) -> None:
    """Let the checks of this machine that look around on it find that all is well."""
    patch.setattr("pipeline.adapters.credentials.find_credentials_problem", lambda: None)
    patch.setattr("service.checks.machine.ping", lambda _: None)
    patch.setattr("service.checks.disk.FREE_BYTES", 0)
    patch.setattr("service.checks.disk.TEMPORARY_BYTES", 0)
    for name in ("check_memory", "check_redis", "check_workers", "check_beat", "check_queue"):
        patch.setattr(f"service.checks.machine.{name}", lambda _, name=name: [Finding(name)])
