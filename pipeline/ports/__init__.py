"""The outside world as the pipeline sees it: one protocol for each kind of storage.

Adapters for Firestore and Cloud Storage, and for memory, pass the same contract tests. Any method
may raise `errors.Unavailable` when the other side does not answer.
"""

from dataclasses import dataclass

from pipeline.ports.artefacts import ArtefactStore
from pipeline.ports.corrections import CorrectionSource
from pipeline.ports.inspection import ProjectInspector
from pipeline.ports.models import ModelRegistry
from pipeline.ports.notifications import NotificationStore
from pipeline.ports.runs import RunStore
from pipeline.ports.trials import TrialStore
from pipeline.signing.keys import PublicKey

__all__ = [
    "ArtefactStore",
    "CorrectionSource",
    "ModelRegistry",
    "NotificationStore",
    "Ports",
    "ProjectInspector",
    "RunStore",
    "TrialStore",
]


@dataclass(frozen=True)
class Ports:
    """Everything outside that the pipeline works with: a Firebase project, or one in memory."""

    corrections: CorrectionSource
    artefacts: ArtefactStore
    runs: RunStore
    models: ModelRegistry
    trials: TrialStore
    notifications: NotificationStore
    trusted: tuple[PublicKey, ...] = ()
    """The keys one of which must have signed a version that is released; none: no signature is
    required."""
    inspector: ProjectInspector | None = None
    """What `redraw doctor` looks at the project itself by; the pipeline needs none."""
