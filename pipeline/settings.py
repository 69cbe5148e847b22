"""The one Settings object: from the environment (REDRAW_...) and a file `.env`; every field has a default that works."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from pipeline.errors import InvalidSettings

DATASET_NAME = "quickdraw_20cat"
SOURCE_URL = "https://storage.googleapis.com/quickdraw_dataset/full/numpy_bitmap"
DEVELOPMENT_PLAYER_KEY = "redraw-development"
SHORTEST_KEY = 16  # characters


class RecipeName(StrEnum):
    """`plain` is the reference, `fast` gets as far in a fraction of the time, `best` gets furthest and takes longest."""

    PLAIN = "plain"
    FAST = "fast"
    BEST = "best"


class Settings(BaseSettings):
    """How this Redraw runs. docs/configuration.md holds the same table; a test keeps the two together."""

    model_config = SettingsConfigDict(
        env_prefix="REDRAW_", env_file=".env", extra="ignore", frozen=True, allow_inf_nan=False
    )

    environment: Literal["development", "production"] = Field(
        "development",
        description="`production` refuses placeholder secrets and every emulator variable.",
    )
    data_dir: Path = Field(
        Path("data"), description="Folder for everything Redraw writes on this machine."
    )
    raw_dir: Path | None = Field(
        None, description="Folder with raw Quick, Draw! drawings, one .npy file a class."
    )
    source_url: str = Field(
        SOURCE_URL,
        pattern="^https?://.",
        description="Where `download` and `demo` fetch raw drawings: a folder on the web with one .npy file a class.",
    )

    project_id: str = Field("demo-redraw", description="The Firebase project.")
    bucket: str = Field("demo-redraw.appspot.com", description="The project's Storage bucket.")
    redis_url: str = Field("redis://127.0.0.1:6379/0", description="Where Celery's messages go.")
    redis_server: Literal["auto", "redis-server", "fakeredis"] = Field(
        "auto",
        description="Which Redis `demo` and `up` start; `auto` takes redis-server where it is installed.",
    )

    host: str = Field("127.0.0.1", description="Address the service listens on.")
    port: int = Field(8000, ge=0, le=65535, description="Port the service listens on.")
    firestore_port: int = Field(8080, ge=0, le=65535, description="Port of the embedded Firestore.")
    storage_port: int = Field(9199, ge=0, le=65535, description="Port of the embedded Storage.")
    api_key: SecretStr | None = Field(
        None,
        description="Lets its bearer act as owner (header `X-API-Key`), 16 characters or more; unset: no key is valid.",
    )
    player_key: SecretStr = Field(
        SecretStr(DEVELOPMENT_PLAYER_KEY),
        description="Key of the hash that stands for a player in the data set. Never change it: splits hang on it.",
    )

    samples_per_class: int = Field(
        70_000, ge=10, description="Rows of each class that the baseline uses."
    )
    recipe: RecipeName = Field(
        RecipeName.FAST, description="How the baseline is trained: `plain`, `fast` or `best`."
    )
    epochs: int | None = Field(
        None,
        ge=1,
        description="Epochs of the baseline instead of the recipe's own; early stopping may end `plain` sooner.",
    )
    batch_size: int | None = Field(
        None, ge=1, description="Rows a training step of the baseline instead of the recipe's own."
    )
    seed: int = Field(
        0, ge=0, lt=2**32, description="Seed of splits, initial weights and shuffles."
    )

    retrain_threshold: int = Field(500, ge=1, description="Pending corrections that start a run.")
    trigger_age_hours: float = Field(
        168, gt=0, description="A correction that has been pending for so long starts a run."
    )
    trigger_fewest_pending: int = Field(
        100,
        ge=1,
        description="Pending corrections that are enough for the nightly check, and for drift, to start a run.",
    )
    trigger_drift_rise: float = Field(
        0.05,
        gt=0,
        le=1,
        description="Rise of the champion's correction rate, as a share, that starts a run if it is no chance.",
    )
    trigger_drift_window_hours: float = Field(
        24,
        gt=0,
        description="Length of the times whose correction rates are compared; whole days, as habits change by the hour.",
    )
    trigger_pause_hours: float = Field(
        1,
        gt=0,
        le=24,
        description="Pause after a run before another starts by itself; doubled by each failure in a row.",
    )
    check_seconds: float = Field(600, gt=0, description="How often to look whether a run is due.")
    nightly_hour: int = Field(3, ge=0, le=23, description="Hour (UTC) of the nightly check.")
    lease_seconds: float = Field(
        60, gt=0, description="After this long without a sign of life a run's worker is replaced."
    )
    sweep_seconds: float = Field(
        60, gt=0, description="How often to look for runs whose worker died."
    )

    max_attempts: int = Field(
        10, ge=1, description="Executions of one run, at most: each death of a worker costs one."
    )

    collect_batch: int = Field(
        250, ge=1, description="Corrections that are collected at once, by one worker."
    )
    max_canvas_bytes: int = Field(
        262_144, ge=1, description="Largest canvas file that is read from Storage."
    )
    player_class_cap: int = Field(
        20,
        ge=1,
        description="Drawings of one class that a player may add in one run; what is more is quarantined.",
    )
    fit_method: Literal["anchored", "keras"] = Field(
        "anchored",
        description="How a head is fitted: `anchored` on kept features, or `keras`, the plain recipe, for comparison.",
    )
    correction_weight: float = Field(
        5.0,
        gt=0,
        description="What one correction weighs against one base row in the fit, before validation corrects it.",
    )
    anchor_strength: float = Field(
        5e-4,
        gt=0,
        description="Pull of the head towards the champion (L2, against the mean loss), before validation corrects it.",
    )
    fit_base_rows: int = Field(
        20_000, ge=1, description="Base rows that take part in the fit, at most."
    )
    gate_margin: float = Field(
        0.002,
        ge=0,
        le=1,
        description="Accuracy on clean drawings that a challenger may lose, as a share.",
    )
    gate_drift: float = Field(
        0.003,
        ge=0,
        le=1,
        description="Accuracy on clean drawings that it may lose against v1.0.0, as a share.",
    )
    gate_class_margin: float = Field(
        0.02,
        ge=0,
        le=1,
        description="Accuracy that a challenger may lose on the drawings of one class, as a share.",
    )
    gate_golden_wrong: int = Field(
        2,
        ge=0,
        description="Drawings of the golden set, five of each class, that a challenger may get wrong.",
    )
    gate_confidence: float = Field(
        0.95,
        ge=0.5,
        lt=1,
        description="How sure the gate must be of each bound that it decides by, as a share.",
    )
    gate_eagerness: float = Field(
        4.0,
        ge=1,
        description="Players correct a wrong guess at most this many times as readily as they confirm a right one.",
    )
    ask_budget: float = Field(
        0.1, ge=0, le=1, description="Share of its guesses that a version asks players about."
    )

    @model_validator(mode="after")
    def _secrets_are_real(self) -> Self:
        if self.api_key is not None and len(self.api_key.get_secret_value()) < SHORTEST_KEY:
            raise ValueError(
                "REDRAW_API_KEY is shorter than 16 characters: make one with `openssl rand -hex 32`"
            )
        if self.environment == "production":
            key = self.player_key.get_secret_value()
            if key == DEVELOPMENT_PLAYER_KEY or len(key) < SHORTEST_KEY:
                raise ValueError(
                    "REDRAW_PLAYER_KEY must be set in production: make one with `openssl rand -hex 32`"
                )
            for name in (
                "FIREBASE_AUTH_EMULATOR_HOST",
                "FIRESTORE_EMULATOR_HOST",
                "STORAGE_EMULATOR_HOST",
            ):
                if name in os.environ:  # empty counts as set: Google's Firestore client takes it so
                    raise ValueError(f"{name} is set, which production never trusts: unset it")
        return self

    @property
    def dataset_file(self) -> Path:
        """The HDF5 data set on this machine."""
        return self.data_dir / f"{DATASET_NAME}.h5"

    @property
    def baseline_file(self) -> Path:
        """The trained baseline, before and after it is published."""
        return self.data_dir / "baseline.h5"

    @property
    def report_file(self) -> Path:
        """The page that says how good the baseline is."""
        return self.data_dir / "baseline.html"

    @property
    def checkpoint_file(self) -> Path:
        """Where a training of the baseline stands, while it goes on."""
        return self.data_dir / "baseline.checkpoint"

    @property
    def features_dir(self) -> Path:
        """Where features of the base and of corrections are kept; what is lost there is computed again."""
        return self.data_dir / "features"

    @property
    def logs_dir(self) -> Path:
        """Where `demo` and `up` keep the output of what they start."""
        return self.data_dir / "logs"


def load_settings(**overrides: object) -> Settings:
    """Settings from the environment and `.env`, with `overrides` on top. Raises InvalidSettings, one line a fault."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as fault:
        lines = [
            f"{_variable(e['loc'])}{e['msg'].removeprefix('Value error, ')}" for e in fault.errors()
        ]
        raise InvalidSettings("; ".join(lines)) from None


def _variable(place: tuple[int | str, ...]) -> str:
    """REDRAW_PORT: for the field `port`; nothing for a fault of the whole."""
    return "".join(f"REDRAW_{str(name).upper()}: " for name in place[:1])
