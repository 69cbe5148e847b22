"""Record once what differs between machines: the code, the machine and the settings of a run.

A run may be continued on another machine, with other code or settings. So what decides its result
is recorded before the fit, and every later step goes by the record.
"""

import json
import platform
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from typing import Any

import scipy.linalg.blas  # noqa: F401 - loads SciPy's own BLAS, so that it is described too
from pydantic import TypeAdapter, ValidationError
from threadpoolctl import threadpool_info

from pipeline.drawings.rule import RULE_VERSION
from pipeline.errors import InvalidSettings, ObjectExists, ObjectMissing
from pipeline.lineage.code_state import describe_own_code
from pipeline.ports import ArtefactStore
from pipeline.records.lineage import Machine, Origin
from pipeline.runs.context import RunContext
from pipeline.settings import Settings
from pipeline.storage_paths import ORIGIN

LIBRARIES = ("numpy", "scipy", "h5py", "pillow")
DECIDING = (
    "seed", "samples_per_class", "recipe", "precision", "epochs", "batch_size", "canvas_copies",
    "max_canvas_bytes", "player_class_cap", "canvas_grace_hours", "fit", "gate", "int8",
    "ask", "rebaseline",
)  # fmt: skip
"""The settings that decide how a version turns out. None of them is a secret."""


def describe_machine() -> Machine:
    """Return what this machine computes with."""
    return Machine(
        system=platform.system(),
        processor=platform.machine(),
        python=platform.python_version(),
        libraries={name: version(name) for name in LIBRARIES},
        blas=sorted(
            f"{found['internal_api']} {found['version']} {found.get('architecture', '')}".strip()
            for found in threadpool_info()
            if found["user_api"] == "blas"
        ),
    )


def describe_origin(settings: Settings) -> Origin:
    """Return what this process would record."""
    return Origin(
        canvas_rule=RULE_VERSION,
        code=describe_own_code(settings.code_revision),
        machine=describe_machine(),
        settings=settings.model_dump(mode="json", include=set(DECIDING)),
    )


def record_origin(run_id: str, artefacts: ArtefactStore, settings: Settings) -> Origin:
    """Return what is recorded of a run; record it if no earlier attempt did."""
    path = ORIGIN.fill(run_id=run_id)
    try:
        data = artefacts.read(path)
    except ObjectMissing:
        data = dump_origin(describe_origin(settings))
        try:
            artefacts.create(path, data, "application/json")
        except ObjectExists:
            data = artefacts.read(path)
    return Origin.model_validate_json(data)


def dump_origin(origin: Origin) -> bytes:
    """Return what `record_origin` stores."""
    return json.dumps(origin.document(), indent=2, sort_keys=True).encode()


def go_by_record(context: RunContext) -> RunContext:
    """Return the run with the settings that are recorded for it; they are recorded now at first.

    Raises:
        InvalidSettings: another Redraw recorded settings that this one does not have.
    """
    recorded = record_origin(context.run_id, context.ports.artefacts, context.settings)
    return replace(context, settings=apply_settings(context.settings, recorded.settings))


def apply_settings(settings: Settings, recorded: Mapping[str, Any]) -> Settings:
    """Return settings with the recorded values of those that decide a version.

    A setting that the record does not name keeps its value; a field of a group, its default.

    Raises:
        InvalidSettings: the record names settings or values that this Redraw does not have.
    """
    changes: dict[str, Any] = {}
    for name, value in recorded.items():
        if name not in DECIDING:
            raise _foreign_setting(name, "there is none of this name")
        kind: Any = Settings.model_fields[name].annotation
        try:
            changes[name] = TypeAdapter(kind).validate_python(value)
        except ValidationError as error:
            raise _foreign_setting(name, " ".join(str(error).split())) from None
    return settings.model_copy(update=changes)


def _foreign_setting(name: str, problem: str) -> InvalidSettings:
    return InvalidSettings(
        f"the recorded setting {name} does not fit this Redraw ({problem}): "
        "use the code that the version's lineage names"
    )
