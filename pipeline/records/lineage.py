"""How a version came about: what `lineage.json` of each version holds.

It names no player, no drawing and no correction. Which corrections a version learned from follows
from the revision of the data set, see `pipeline.lineage.learned`.
"""

from datetime import datetime
from typing import Any

from pydantic import Field

from pipeline.records.base import Record
from pipeline.records.dataset import Split
from pipeline.records.runs import AnswerSample, NewRecipe, RunKind, Trigger

UNKNOWN = "unknown"


class CodeState(Record):
    """The code that made a version."""

    revision: str = UNKNOWN
    """The commit: REDRAW_CODE_REVISION, or what git's folder names; else `unknown`."""
    changed: bool | None = None
    """Whether files differ from that commit; None: not known."""
    source_digest: str
    """The sha256 (hex) of the source of `pipeline`: paths and bytes of all its Python files."""
    locks: dict[str, str] = Field(default={})
    """The sha256 (hex) of each file that locks the dependencies, by its name."""


class Machine(Record):
    """The machine and the libraries whose arithmetic decides the last bits of a fit."""

    system: str
    processor: str
    """Its type, such as `x86_64`."""
    python: str
    libraries: dict[str, str]
    """The versions of NumPy, SciPy, h5py and Pillow."""
    blas: list[str] = Field(default=[])
    """Each linear algebra library in use: name, version, and the processor it computes for."""


class Origin(Record):
    """What differs between machines and moments; recorded once for a run, then read back."""

    canvas_rule: int
    """The version of the rule that turns canvases into drawings."""
    code: CodeState
    machine: Machine
    settings: dict[str, Any]
    """The settings that decide the result, by their names in `Settings`; no secrets."""


class RunOrigin(Record):
    """The run that made a version."""

    id: str
    kind: RunKind
    recipe: NewRecipe | None = None
    """Of a new baseline, if the request named one."""
    trigger: Trigger | None = None
    """None for the first baseline, which no run makes."""


class DatasetOrigin(Record):
    """The revision of the data set that a version was made from."""

    name: str
    revision: int
    digest: str
    base_digest: str
    seed: int
    categories: list[str]
    base_rows: dict[Split, int]
    answers: dict[Split, int]
    """How many corrections and confirmations each split has; all rows are these and base rows."""


class FitOrigin(Record):
    """How the head was fitted."""

    method: str
    since: int
    """The revision that the parent learned from."""
    weight: float | None = None
    strength: float | None = None
    """The hyperparameters that were chosen; None for the plain recipe."""
    tried: int = 0
    """How many hyperparameters were tried."""
    base_rows: int
    answers: int
    """How many base rows and answers of train it was fitted to: the newest answers."""
    choosing_rows: int
    choosing_answers: int
    """By how many of val the hyperparameters were chosen."""


class Lineage(Record):
    """How a version came about."""

    format: int = 1
    version: str = ""
    created_at: datetime | None = None
    parent: str | None = None
    """The champion that its head is anchored at, and that it was compared with."""
    baseline: str | None = None
    """The baseline whose backbone it has: itself if it is one."""
    run: RunOrigin
    dataset: DatasetOrigin
    fit: FitOrigin | None = None
    """None for a baseline: all its layers were trained."""
    training: dict[str, Any] | None = None
    """Of a baseline: its recipe, and the curves of its training."""
    sample: AnswerSample | None = None
    """What the answers of the run stand for."""
    canvas_rule: int | None = None
    """The version of the rule that turned canvases into drawings, for the answers of its run."""
    code: CodeState
    machine: Machine
    settings: dict[str, Any]
