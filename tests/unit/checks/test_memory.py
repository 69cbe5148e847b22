"""The next run must fit into what the machine, and each group of processes, still has."""

from pathlib import Path

import pytest

from pipeline.settings import Settings
from service.checks.memory import check_memory, measure_available, need_memory

GB = 10**9
SETTINGS = Settings(_env_file=None, samples_per_class=1000)


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    """A machine with 8 GB available."""
    folder = tmp_path / "proc"
    (folder / "self").mkdir(parents=True)
    kilobytes = 8 * GB // 1024
    (folder / "meminfo").write_text(f"MemTotal: 99999999 kB\nMemAvailable: {kilobytes} kB\n")
    return folder


@pytest.fixture
def cgroups(tmp_path: Path) -> Path:
    folder = tmp_path / "cgroup"
    folder.mkdir()
    return folder


def limit(folder: Path, most: str, used: int, idle: int = 0) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "memory.max").write_text(f"{most}\n")
    (folder / "memory.current").write_text(f"{used}\n")
    (folder / "memory.stat").write_text(f"anon 5\ninactive_file {idle}\n")


def problems(proc: Path, cgroups: Path, settings: Settings = SETTINGS) -> list[str | None]:
    return [each.problem for each in check_memory(settings, proc, cgroups)]


def test_a_container_that_may_have_too_little_is_told_though_the_machine_has_enough(
    proc: Path, cgroups: Path
) -> None:
    (proc / "self/cgroup").write_text("0::/\n")
    limit(cgroups, str(GB // 4), GB // 5)
    (problem,) = problems(proc, cgroups)
    assert "give the machine or the container more" in str(problem)


def test_a_limit_of_a_group_above_counts_too(proc: Path, cgroups: Path) -> None:
    (proc / "self/cgroup").write_text("0::/slice/service\n")
    limit(cgroups / "slice/service", "max", GB)
    limit(cgroups / "slice", str(2 * GB), GB)
    assert measure_available(proc, cgroups) == GB


def test_files_that_the_system_only_keeps_in_memory_do_not_count_as_used(
    proc: Path, cgroups: Path
) -> None:
    (proc / "self/cgroup").write_text("0::/\n")
    limit(cgroups, str(2 * GB), 2 * GB, idle=GB)
    assert measure_available(proc, cgroups) == GB


def test_the_limit_of_a_container_counts_where_its_path_is_that_of_the_host(
    proc: Path, cgroups: Path
) -> None:
    (proc / "self/cgroup").write_text("0::/machine/libpod-1\n")
    limit(cgroups, str(2 * GB), GB)
    assert measure_available(proc, cgroups) == GB


def test_version_1_of_the_groups_is_read(proc: Path, cgroups: Path) -> None:
    (proc / "self/cgroup").write_text("5:cpu,cpuacct:/x\n4:memory:/docker/1\n")
    folder = cgroups / "memory/docker/1"
    folder.mkdir(parents=True)
    (folder / "memory.limit_in_bytes").write_text(f"{3 * GB}\n")
    (folder / "memory.usage_in_bytes").write_text(f"{2 * GB}\n")
    (folder / "memory.stat").write_text("total_inactive_file 0\n")
    assert measure_available(proc, cgroups) == GB


def test_without_groups_the_machine_alone_counts(proc: Path, cgroups: Path) -> None:
    assert measure_available(proc, cgroups) == 8 * GB // 1024 * 1024
    assert problems(proc, cgroups) == [None]


def test_a_system_that_says_nothing_is_not_known(tmp_path: Path) -> None:
    (finding,) = check_memory(SETTINGS, tmp_path / "none", tmp_path / "none")
    assert finding.problem is None
    assert finding.unknown is not None


def test_a_larger_data_set_and_more_classes_need_more(tmp_path: Path) -> None:
    small = SETTINGS.with_changes(data_dir=tmp_path)
    before = need_memory(small)
    with small.dataset_file.open("wb") as file:
        file.truncate(880 * 10**6)
    assert before < need_memory(small) == 740 * 10**6
    many = tuple(f"class {number}" for number in range(100))
    assert need_memory(small.with_changes(categories=many)) > 10**9
