"""A model in all formats."""

import pytest

from pipeline.categories import CATEGORIES
from pipeline.drawings import Images
from pipeline.formats.kinds import MODEL_NAME, write_formats
from pipeline.model.file import write_model
from pipeline.model.predict import Predictor
from tests.unit.formats._models import random_drawings, random_model


@pytest.fixture(scope="session")
def model() -> Predictor:
    return random_model()


@pytest.fixture(scope="session")
def drawings() -> Images:
    return random_drawings(6)


@pytest.fixture(scope="session")
def files(model: Predictor) -> dict[str, bytes]:
    """The files of v1.0.3, by their paths in Storage."""
    keras = write_model(model, CATEGORIES)
    named = {MODEL_NAME: keras, **write_formats(keras, int8=True)}
    return {
        f"models/production/v1.0.3/{name.format(version='v1.0.3')}": data
        for name, data in named.items()
    }
