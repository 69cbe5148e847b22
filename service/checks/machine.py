"""The checks of this machine: Python, settings, disk, memory, Redis, and who works for it."""

from collections.abc import Iterator

from pipeline.logs.cleaning import Cleaning
from pipeline.settings import Settings
from pipeline.starting import Role, find_start_problems
from service.checks.check import Check, Finding, check_one
from service.checks.contradictions import check_contradictions
from service.checks.disk import check_disk
from service.checks.memory import check_memory
from service.checks.packages import check_python
from service.checks.redis import check_redis
from service.checks.workers import check_beat, check_queue, check_workers
from workers.redis_ping import ping


def list_machine_checks(settings: Settings, role: Role) -> list[Check]:
    """Return the checks.

    Args:
        settings: of this process.
        role: what this machine is for. Only a worker needs the data folder, and memory for runs.
    """

    def look_at_settings() -> Iterator[Finding]:
        problems = find_start_problems(role)[1]
        yield from (Finding("settings", problem) for problem in problems or (None,))

    works = role is Role.WORKER
    return [
        Check("Python", check_python),
        Check("settings", look_at_settings),
        Check("settings together", lambda: check_contradictions(settings)),
        *(
            [Check("disk", lambda: check_disk(settings, create=works))]
            if works or settings.data_dir.is_dir()
            else []
        ),
        *([Check("memory", lambda: check_memory(settings))] if works else []),
        check_one(
            "Redis",
            f"Redis {Cleaning()(settings.redis_url)}",
            lambda: ping(settings.redis_url),
        ),
        Check("Redis settings", lambda: check_redis(settings.redis_url)),
        Check("workers", lambda: check_workers(settings)),
        Check("beat", lambda: check_beat(settings)),
        Check("queue", lambda: check_queue(settings)),
    ]
