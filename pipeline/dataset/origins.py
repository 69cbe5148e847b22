"""Look up where merged corrections come from, without holding all of them in memory.

The group `corrections` has a row for every correction that was ever merged. Here its columns are
read in blocks, and only what a run asks for is kept: a Python text for each row would need half a
kilobyte.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.dataset.hdf5 import open_dataset, read_correction_labels
from pipeline.dataset.splits import find_shared_players
from pipeline.records.dataset import Split

BLOCK_ROWS = 16_384
"""Rows that are in memory as Python texts at once: 2 MB for each column."""
HEX_DIGITS = 64
_ORIGIN_TYPES: dict[str, Any] = {
    "players": f"S{HEX_DIGITS}",
    "revisions": np.int32,
    "guesses": np.uint8,
    "asked": np.uint8,
    "chances": np.float32,
}
"""The columns of SplitOrigins and how their values are kept in memory."""


class Origin(NamedTuple):
    """Where a merged correction is: its split, and the revision that appended it."""

    split: Split
    revision: int


class SplitOrigins(NamedTuple):
    """The origins of the appended rows of one split, in order of merging.

    players: bytes `(n,)`, 64 hex digits each. revisions: int32 `(n,)`. guesses, asked: uint8
    `(n,)`, and chances: float32 `(n,)`, as in `hdf5.Provenance`.
    """

    players: NDArray[np.bytes_]
    revisions: NDArray[np.int32]
    guesses: NDArray[np.uint8]
    asked: NDArray[np.uint8]
    chances: NDArray[np.float32]

    def select(self, rows: NDArray[np.bool_] | NDArray[np.int64] | slice) -> "SplitOrigins":
        """Return some of the rows: a mask, positions or a slice."""
        players, revisions, guesses, asked, chances = self
        return SplitOrigins(
            players[rows], revisions[rows], guesses[rows], asked[rows], chances[rows]
        )


class Merged(NamedTuple):
    """A merged correction: its id, its player's hash, its label and the digest of its drawing."""

    id: str
    player: str
    label: int
    digest: str


def list_merged(path: Path) -> Iterator[Merged]:
    """Yield every merged correction, in order of merging."""
    labels = {str(split).encode(): read_correction_labels(path, split) for split in Split}
    done: Counter[bytes] = Counter()
    for block in _read_blocks(path, "ids", "players", "splits", "digests"):
        for name, player, split, digest in zip(*block, strict=True):
            label = int(labels[split][done[split]])
            done[split] += 1
            yield Merged(name.decode(), player.decode(), label, digest.decode())


def find_origins(path: Path, ids: Collection[str]) -> dict[str, Origin]:
    """Return the origins of those corrections that are in the data set, by id."""
    wanted = {name.encode(): name for name in ids}
    found = {}
    if wanted:
        for names, splits, revisions in _read_blocks(path, "ids", "splits", "revisions"):
            for row, name in enumerate(names):
                if name in wanted:
                    split = Split(splits[row].decode())
                    found[wanted[name]] = Origin(split, int(revisions[row]))
    return found


def find_digests(path: Path, digests: Collection[str]) -> set[str]:
    """Return those of the drawings with these digests that were merged already."""
    wanted = {digest.encode() for digest in digests}
    found: set[bytes] = set()
    if wanted:
        for (block,) in _read_blocks(path, "digests"):
            found |= wanted.intersection(block)
    return {digest.decode() for digest in found}


def count_merged(path: Path, players: Collection[str]) -> dict[str, int]:
    """Count the merged corrections of these players, by hash; those without any are left out.

    Confirmations are not counted.
    """
    wanted = {player.encode() for player in players}
    counts: Counter[bytes] = Counter()
    if not wanted:
        return {}
    # The rows of a split are in order of merging, in the group `corrections` as in the split.
    labels = {str(split).encode(): read_correction_labels(path, split) for split in Split}
    done: Counter[bytes] = Counter()
    for block, splits, guesses in _read_blocks(path, "players", "splits", "guesses"):
        corrects = np.zeros(len(block), bool)
        for name, all_labels in labels.items():
            rows = np.flatnonzero(splits == name)
            corrects[rows] = all_labels[done[name] : done[name] + len(rows)] != guesses[rows]
            done[name] += len(rows)
        counts.update(player for player in block[corrects] if player in wanted)
    return {player.decode(): count for player, count in counts.items()}


def read_split_origins(path: Path, split: Split) -> SplitOrigins:
    """Read the origins of the appended rows of a split: 74 bytes for each."""
    name = str(split).encode()
    parts = {column: [np.empty(0, dtype)] for column, dtype in _ORIGIN_TYPES.items()}
    for splits, *blocks in _read_blocks(path, "splits", *parts):
        chosen = splits == name
        for (column, dtype), block in zip(_ORIGIN_TYPES.items(), blocks, strict=True):
            parts[column].append(block[chosen].astype(dtype))
    return SplitOrigins(**{column: np.concatenate(blocks) for column, blocks in parts.items()})


def read_shared_players(path: Path) -> frozenset[str]:
    """Return the players whose corrections are shared out, see `splits.find_shared_players`."""
    shared: frozenset[str] = frozenset()
    for splits, players in _read_blocks(path, "splits", "players"):
        shared |= find_shared_players(_decode(players), _decode(splits))
    return shared


def _decode(block: NDArray[Any]) -> NDArray[np.object_]:
    return np.array([text.decode() for text in block.tolist()], object)


def read_split_digests(path: Path, split: Split) -> NDArray[np.bytes_]:
    """Read the digests of the appended drawings of a split, in order of merging.

    Returns:
        bytes `(n,)`, 64 hex digits each.
    """
    name = str(split).encode()
    digests = [np.empty(0, f"S{HEX_DIGITS}")]
    for splits, block in _read_blocks(path, "splits", "digests"):
        digests.append(block[splits == name].astype(f"S{HEX_DIGITS}"))
    return np.concatenate(digests)


def read_split_versions(path: Path, split: Split) -> NDArray[np.bytes_]:
    """Read which version guessed each appended drawing of a split, in order of merging.

    Returns:
        bytes `(n,)`, such as b"v1.0.1"; b"" if the game does not say. They are cut to 32 bytes.
    """
    name = str(split).encode()
    versions = [np.empty(0, "S32")]
    for splits, block in _read_blocks(path, "splits", "versions"):
        versions.append(block[splits == name].astype("S32"))
    return np.concatenate(versions)


def _read_blocks(path: Path, *columns: str) -> Iterator[list[NDArray[Any]]]:
    """Yield blocks of these columns; texts are Python bytes in arrays of objects."""
    with open_dataset(path) as file:
        group = file["corrections"]
        for start in range(0, len(group["ids"]), BLOCK_ROWS):
            yield [group[name][start : start + BLOCK_ROWS] for name in columns]
