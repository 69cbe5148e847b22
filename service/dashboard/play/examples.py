"""Choose a drawing for those who want to see a guess without drawing."""

import base64
import secrets
from collections.abc import Sequence

from pipeline.dataset.samples import Samples


def choose_example(samples: Samples, categories: Sequence[str]) -> dict[str, str]:
    """Return a drawing of the base's test split, which no version has learned from.

    Returns:
        `label`, its class; `drawing`, its 784 bytes in base64: row by row, 255 is full ink.
    """
    number = secrets.randbelow(len(samples.test_labels))
    return {
        "label": categories[int(samples.test_labels[number])],
        "drawing": base64.b64encode(samples.test_images[number].tobytes()).decode(),
    }
