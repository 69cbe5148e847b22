"""Decide whether a version gets an int8 file: only if its guesses pass the gate's checks."""

from pathlib import Path

import numpy as np

from pipeline.dataset import hdf5
from pipeline.drawings import Images
from pipeline.formats.quantise import restore_quantised
from pipeline.formatting import format_percent
from pipeline.gate import checks
from pipeline.gate.decide import choose_golden_rows
from pipeline.gate.inputs import GateInputs
from pipeline.model.answers import PairedGuesses
from pipeline.model.features import compute_features
from pipeline.model.head import Floats
from pipeline.model.predict import Predictor
from pipeline.progress import OnProgress, silent
from pipeline.records.dataset import Split
from pipeline.records.formats import Int8Decision
from pipeline.records.runs import Check, CheckStanding
from pipeline.settings import Settings

MOST_ROWS = 10_000
"""Clean drawings that are compared, at most: two seconds on two cores."""


def judge_int8(
    model: Predictor, path: Path, settings: Settings, on_progress: OnProgress = silent
) -> Int8Decision:
    """Return whether the int8 file guesses as well as the model itself.

    The gate's checks of clean drawings, classes and the golden set must all be passed, with the
    model in the champion's place; and few guesses may differ at all, since players of one version
    should see the same ones.

    Args:
        model: the model, float32.
        path: the data set; base rows of test are compared.
        settings: the rules of the gate, and of int8 files.
        on_progress: called while features are computed.
    """
    if settings.int8.when == "never":
        return Int8Decision(allowed=False, reasons=["no int8 file is wanted (REDRAW_INT8_WHEN)"])
    rows = hdf5.read_base(path, Split.TEST, MOST_ROWS)
    exact = _predict(model, rows.images, on_progress)
    rounded = _predict(restore_quantised(model), rows.images, on_progress)
    guesses = PairedGuesses.from_probabilities(rows.labels, exact, rounded)
    golden = choose_golden_rows(exact, rows.labels)
    obvious = PairedGuesses.from_probabilities(rows.labels[golden], exact[golden], rounded[golden])
    results = [
        checks.check_clean(guesses, settings.gate),
        checks.check_classes(GateInputs(guesses), settings.gate, settings.categories),
        checks.check_golden(obvious, settings.gate),
        _check_differing(guesses, settings.int8.differing),
    ]
    failed = [check for check in results if check.standing is not CheckStanding.PASSED]
    return Int8Decision(
        allowed=not failed,
        reasons=[check.reason for check in failed or results],
        rows=guesses.rows,
        differing=_count_differing(guesses),
        difference=float(np.abs(exact - rounded).max(initial=0)),
    )


def _predict(model: Predictor, images: Images, on_progress: OnProgress) -> Floats:
    return model.head.probabilities(compute_features(model, images, on_progress))


def _count_differing(guesses: PairedGuesses) -> int:
    return int((guesses.champion != guesses.challenger).sum())


def _check_differing(guesses: PairedGuesses, allowed: float) -> Check:
    """Check that few guesses differ, right or wrong."""
    differing = _count_differing(guesses)
    passed = differing <= allowed * guesses.rows
    return checks.make_check(
        "guesses",
        CheckStanding.PASSED if passed else CheckStanding.HARMFUL,
        guesses.rows,
        f"guesses: {differing:,} of {guesses.rows:,} differ, {format_percent(allowed)} may",
    )
