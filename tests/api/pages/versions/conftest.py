"""Two versions, the first of which is released, and pictures of the drawings they guess."""

from copy import deepcopy
from typing import Any

import pytest

from pipeline.bootstrap import in_memory
from tests.api.pages.versions._published import WHY, publish_version, store_samples


@pytest.fixture(scope="session")
def published_once() -> Any:
    """The project that `published` is a copy of: not to be changed."""
    ports: Any = in_memory()
    publish_version(ports, [0, 0, 0, 0, 1, 1, 0, 0])
    publish_version(ports, [0, 0, 0, 1, 1, 1, 1, 0])
    store_samples(ports)
    ports.models.promote("v1.0.0", **WHY)
    return ports


@pytest.fixture
def published(ports: Any, published_once: Any) -> Any:
    """v1.0.0, which is released, and v1.0.1, which recognises one sun more and one apple less."""
    ports.artefacts.objects.update(published_once.artefacts.objects)
    ports.models._models.update(deepcopy(published_once.models._models))
    ports.models._release = deepcopy(published_once.models._release)
    ports.models.changes.update(deepcopy(published_once.models.changes))
    return ports
