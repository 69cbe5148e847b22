"""Find out which code is running: its commit, whether it was changed, and digests of it."""

import functools
import hashlib
import struct
from pathlib import Path

from pipeline.records.lineage import UNKNOWN, CodeState

ROOT = Path(__file__).resolve().parents[2]
"""The folder that holds `pipeline`."""
PARTS = ("pipeline", "service", "workers")
LOCKS = ("requirements.lock", "requirements-run.lock")
CHANGED = "+changed"
"""At the end of REDRAW_CODE_REVISION: files were changed after that commit."""
_ENTRY = struct.Struct(">40x20sH")  # times, ids and size of a file; its digest; flags
_EXTENDED, _NAME_LENGTH = 0x4000, 0x0FFF


@functools.cache
def describe_own_code(named: str | None = None) -> CodeState:
    """Return which code this process runs, see `describe_code`: read once, as it was loaded."""
    return describe_code(named)


def describe_code(named: str | None = None, root: Path = ROOT) -> CodeState:
    """Return which code is running.

    Args:
        named: the setting REDRAW_CODE_REVISION; None or empty: git's folder is asked.
        root: the folder that holds the code.
    """
    git = _find_git(root)
    revision = UNKNOWN
    changed: bool | None = None
    if named:
        revision, changed = named.removesuffix(CHANGED), named.endswith(CHANGED)
    elif git is not None:
        revision, changed = _read_commit(git), _is_changed(git, root)
    return CodeState(
        revision=revision,
        changed=changed,
        source_digest=digest_source(root / "pipeline"),
        locks={
            name: hashlib.sha256((root / name).read_bytes()).hexdigest()
            for name in LOCKS
            if (root / name).is_file()
        },
    )


def digest_source(folder: Path) -> str:
    """Return the sha256 (hex) of all Python files in a folder: their paths and bytes, in order."""
    state = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        data = path.read_bytes()
        state.update(f"{path.relative_to(folder).as_posix()} {len(data)}\n".encode())
        state.update(data)
    return state.hexdigest()


def _find_git(root: Path) -> Path | None:
    """Return git's folder of this checkout; None if there is none."""
    git = root / ".git"
    if git.is_file():  # of a worktree: a line that names the folder
        git = root / git.read_text().partition("gitdir:")[2].strip()
    return git if git.is_dir() else None


def _read_commit(git: Path) -> str:
    """Return the commit that is checked out, in hex; `unknown` if it cannot be read.

    Source of the layout: gitrepository-layout(5).
    """
    try:
        head = (git / "HEAD").read_text().strip()
        if not head.startswith("ref: "):
            return head or UNKNOWN
        name, common = head.removeprefix("ref: "), git / "commondir"
        shared = git / common.read_text().strip() if common.is_file() else git
        for folder in (git, shared):
            if (folder / name).is_file():
                return (folder / name).read_text().strip()
        for line in (shared / "packed-refs").read_text().splitlines():
            commit, _, packed = line.partition(" ")
            if packed == name:
                return commit
    except OSError:
        pass
    return UNKNOWN


def _is_changed(git: Path, root: Path) -> bool | None:
    """Return whether the code differs from what git's index holds; None if that cannot be read."""
    try:
        known = _read_index((git / "index").read_bytes())
        present = {
            path.relative_to(root).as_posix()
            for part in PARTS
            for path in (root / part).rglob("*.py")
        }
        ours = {name for name in known if name.startswith(tuple(f"{part}/" for part in PARTS))}
        return not present <= ours or any(
            _digest_blob((root / name).read_bytes()) != known[name] for name in ours
        )
    except FileNotFoundError:
        return True  # a file that git knows is gone
    except (OSError, ValueError, struct.error):
        return None


def _digest_blob(data: bytes) -> bytes:
    """Return git's name of a file's content. Git uses SHA-1, not for safety."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).digest()


def _read_index(data: bytes) -> dict[str, bytes]:
    """Return the digests of the files in git's index, by path.

    Source of the format: gitformat-index(5), versions 2 and 3.

    Raises:
        ValueError: it is of another version.
    """
    signature, version, count = struct.unpack_from(">4sII", data)
    if signature != b"DIRC" or version not in {2, 3}:
        raise ValueError("an index of another version")
    files, at = {}, 12
    for _ in range(count):
        digest, flags = _ENTRY.unpack_from(data, at)
        start = at + _ENTRY.size + (2 if flags & _EXTENDED else 0)
        end = data.index(b"\0", start + (flags & _NAME_LENGTH) % _NAME_LENGTH)
        files[data[start:end].decode()] = digest
        # Entries are padded with 1 to 8 zeros to a multiple of 8 bytes.
        at += (end - at) // 8 * 8 + 8
    return files
