"""Two versions, the first of which is released, and pictures of the drawings they guess."""

from typing import Any

import pytest

from tests.api.pages.versions._published import WHY, publish_version, store_samples


@pytest.fixture
def published(ports: Any) -> Any:
    """v1.0.0, which is released, and v1.0.1, which recognises one sun more and one apple less."""
    publish_version(ports, [0, 0, 0, 0, 1, 1, 0, 0])
    publish_version(ports, [0, 0, 0, 1, 1, 1, 1, 0])
    store_samples(ports)
    ports.models.promote("v1.0.0", **WHY)
    return ports
