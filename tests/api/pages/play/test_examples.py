"""Drawings for those who want to see a guess without drawing."""

import base64
from collections.abc import Callable
from typing import Any

import numpy as np
from fastapi.testclient import TestClient

from pipeline.dataset.samples import Samples, dump_samples
from pipeline.settings import Settings
from pipeline.storage_paths import BASE_DIGEST, SAMPLES

IMAGES = np.arange(3 * 784, dtype=np.uint8).reshape(3, 28, 28)
LABELS = np.array([5, 5, 5], np.uint8)


def store(ports: Any, settings: Settings) -> None:
    name = settings.dataset_name
    samples = Samples(IMAGES, LABELS, IMAGES[1:2], LABELS[1:2], np.array([7], np.int32))
    ports.artefacts.create(BASE_DIGEST.fill(dataset=name), b"abc")
    ports.artefacts.create(SAMPLES.fill(dataset=name, digest="abc"), dump_samples(samples))


def test_an_example_is_one_that_no_version_has_learned_from(
    browser: TestClient, ports: Any, settings: Settings
) -> None:
    store(ports, settings)
    example = browser.get("/play/example").json()
    assert example["label"] == settings.categories[5]
    assert base64.b64decode(example["drawing"]) == IMAGES[1].tobytes()


def test_before_a_run_has_stored_some_it_says_so(
    browser: TestClient, is_problem: Callable[..., Any]
) -> None:
    assert "no examples yet" in is_problem(browser.get("/play/example"), 404, "not-found")["detail"]
