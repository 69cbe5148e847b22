"""What the page of a run reads beside its record: examples of what was not merged, a receipt."""

from collections.abc import Sequence
from typing import NamedTuple

from pydantic import ValidationError

from pipeline.corrections.listing import ListedCorrection, describe_document
from pipeline.errors import InvalidDataset, ObjectMissing
from pipeline.ports import Ports
from pipeline.records.corrections import CorrectionState
from pipeline.records.forgetting import Receipt
from pipeline.records.runs import Run
from pipeline.storage_paths import RECEIPT
from service.dashboard.runs.one import Heap

EXAMPLES = 4
"""Drawings of each reason. Each costs a read, and there are about twenty reasons."""
MAX_RECEIPT_BYTES = 8 << 20


class Examples(NamedTuple):
    """Some corrections of each reason, by the reason."""

    of: dict[str, list[ListedCorrection]]


def find_examples(ports: Ports, run: Run, heaps: Sequence[Heap]) -> Examples:
    """Return a few corrections of each reason that are still as the run left them."""
    return Examples(
        {
            heap.reason: [
                describe_document(document, None)
                for document in ports.corrections.find(
                    heap.state, reason=heap.reason, run_id=run.id, limit=EXAMPLES
                )
            ]
            for heap in heaps
            if heap.state is not CorrectionState.PENDING  # the picture is what they lack
        }
    )


def read_receipt(ports: Ports, run: Run) -> Receipt | None:
    """Return the receipt of a run that forgot a player; None if there is none.

    Raises:
        InvalidDataset: it is not as Redraw writes it.
    """
    path = RECEIPT.fill(run_id=run.id)
    try:
        stored = ports.artefacts.read(path, MAX_RECEIPT_BYTES)
    except ObjectMissing:
        return None
    try:
        return Receipt.model_validate_json(stored)
    except ValidationError as error:
        raise InvalidDataset(f"{path} is not as Redraw writes it") from error
