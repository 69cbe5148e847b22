"""Which code made a version: told by a setting, or by git's folder, without calling git."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from pipeline.lineage.code_state import describe_code


@pytest.fixture
def checkout(tmp_path: Path) -> Any:
    """A folder with some code, and a function that calls git in it."""
    folder = tmp_path / "code"
    (folder / "pipeline").mkdir(parents=True)
    (folder / "pipeline/a.py").write_text("a = 1\n")
    (folder / "pipeline/long_name_of_a_module.py").write_text("")
    (folder / "README.md").write_text("no code\n")
    (folder / "requirements.lock").write_text("numpy==2\n")

    def git(*arguments: str) -> str:
        call = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments]
        return subprocess.run(
            call, cwd=folder, check=True, capture_output=True, text=True
        ).stdout.strip()

    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "--message", "first")
    return folder, git


def test_the_commit_of_a_checkout_is_named_and_it_is_unchanged(checkout: Any) -> None:
    folder, git = checkout
    code = describe_code(root=folder)
    assert (code.revision, code.changed) == (git("rev-parse", "HEAD"), False)
    assert list(code.locks) == ["requirements.lock"]


@pytest.mark.parametrize("how", ["changed", "added", "deleted"])
def test_a_change_of_the_code_is_noticed(checkout: Any, how: str) -> None:
    folder, _ = checkout
    before = describe_code(root=folder)
    match how:
        case "changed":
            (folder / "pipeline/a.py").write_text("a = 2\n")
        case "added":
            (folder / "pipeline/b.py").write_text("")
        case "deleted":
            (folder / "pipeline/a.py").unlink()
    after = describe_code(root=folder)
    assert after.changed is True
    assert after.source_digest != before.source_digest


def test_a_change_of_other_files_is_no_change_of_the_code(checkout: Any) -> None:
    folder, _ = checkout
    (folder / "README.md").write_text("something else\n")
    assert describe_code(root=folder).changed is False


def test_packed_references_detached_heads_and_worktrees_are_read(
    checkout: Any, tmp_path: Path
) -> None:
    folder, git = checkout
    commit = git("rev-parse", "HEAD")
    git("worktree", "add", "--quiet", "-b", "other", str(tmp_path / "other"))
    git("pack-refs", "--all")
    assert describe_code(root=folder).revision == commit
    beside = describe_code(root=tmp_path / "other")
    assert (beside.revision, beside.changed) == (commit, False)
    git("checkout", "--quiet", "--detach")
    assert describe_code(root=folder).revision == commit


def test_an_index_that_cannot_be_read_says_neither(checkout: Any) -> None:
    folder, _ = checkout
    (folder / ".git/index").write_bytes(b"DIRC\0\0\0\4\0\0\0\1")
    assert describe_code(root=folder).changed is None


def test_without_git_the_setting_tells_or_nothing_does(tmp_path: Path) -> None:
    (tmp_path / "pipeline").mkdir()
    assert describe_code(root=tmp_path).revision == "unknown"
    assert describe_code("", root=tmp_path).changed is None
    told = describe_code("abc123+changed", root=tmp_path)
    assert (told.revision, told.changed) == ("abc123", True)
    assert describe_code("abc123", root=tmp_path).changed is False
