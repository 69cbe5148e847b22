"""Read the settings from the environment (REDRAW_...) and a file `.env`; each has a default."""

import os
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from pipeline.categories import CATEGORIES
from pipeline.records.slot import LONGEST_LEASE_SECONDS
from pipeline.service_settings import (
    AnswerSettings,
    CorsSettings,
    DashboardSettings,
    LimitSettings,
    LogSettings,
    MetricsSettings,
    PredictSettings,
    WebhookSettings,
)
from pipeline.setting_files import LocalFiles
from pipeline.setting_groups import (
    SHORTEST_KEY,
    ForgetSettings,
    GameSettings,
    Group,
    RetentionSettings,
    TriggerSettings,
)
from pipeline.setting_keys import SigningKeys
from pipeline.setting_sources import AnyTextEnv, any_text_dotenv
from pipeline.setting_types import BucketName, Categories, PublicKeys, RedisAddress, SigningKeyText
from pipeline.version_settings import (
    AskSettings,
    FitSettings,
    GateSettings,
    Int8Settings,
    RebaselineSettings,
    TrialSettings,
)

PREFIX = "REDRAW_"
SOURCE_URL = "https://storage.googleapis.com/quickdraw_dataset/full/numpy_bitmap"
DEVELOPMENT_PLAYER_KEY = "redraw-development"
EMULATORS = ("FIREBASE_AUTH_EMULATOR_HOST", "FIRESTORE_EMULATOR_HOST", "STORAGE_EMULATOR_HOST")


class RecipeName(StrEnum):
    """How the baseline is trained: `plain` the reference, `fast` quickest, `best` most accurate."""

    PLAIN = "plain"
    FAST = "fast"
    BEST = "best"


class Settings(LocalFiles, SigningKeys, BaseSettings):
    """All settings of Redraw. docs/configuration.md holds the same table; a test compares them."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_nested_delimiter="_",
        env_nested_max_split=1,
        extra="ignore",
        frozen=True,
        allow_inf_nan=False,
    )

    environment: Literal["development", "production"] = Field(
        "development",
        description="`production` refuses placeholder secrets and every emulator variable.",
    )
    code_revision: str | None = Field(
        None,
        description="The commit of the code, for the lineage of versions; with `+changed` at its"
        " end if files differ from it. Unset: git's folder is asked, if there is one.",
    )
    data_dir: Path = Field(
        Path("data"), description="Folder for everything that Redraw writes on this machine."
    )
    raw_dir: Path | None = Field(
        None, description="Folder with raw Quick, Draw! drawings, one .npy file a class."
    )
    source_url: str = Field(
        SOURCE_URL,
        pattern="^https?://.",
        description="Where `download` and `demo` fetch raw drawings: a folder on the web with one"
        " .npy file a class.",
    )

    project_id: str = Field("demo-redraw", description="The Firebase project.")
    bucket: BucketName = Field(
        "demo-redraw.appspot.com", description="The project's Storage bucket."
    )
    redis_url: RedisAddress = Field(
        "redis://127.0.0.1:6379/0", description="The Redis that carries Celery's messages."
    )
    redis_server: Literal["auto", "redis-server", "fakeredis"] = Field(
        "auto",
        description="Which Redis `demo` and `up` start; `auto` uses redis-server if it is"
        " installed.",
    )

    host: str = Field("127.0.0.1", description="Address that the service listens on.")
    port: int = Field(8000, ge=0, le=65535, description="Port that the service listens on.")
    firestore_port: int = Field(8080, ge=0, le=65535, description="Port of the embedded Firestore.")
    storage_port: int = Field(9199, ge=0, le=65535, description="Port of the embedded Storage.")
    api_key: SecretStr | None = Field(
        None,
        description="Key that makes its bearer an owner (header `X-API-Key`), 16 characters or"
        " more; unset: no key is valid.",
    )
    cors: CorsSettings = CorsSettings()
    predict: PredictSettings = PredictSettings()
    answer: AnswerSettings = AnswerSettings()
    limit: LimitSettings = LimitSettings()
    metrics: MetricsSettings = MetricsSettings()
    log: LogSettings = LogSettings()
    webhook: WebhookSettings = WebhookSettings()
    dashboard: DashboardSettings = DashboardSettings()
    release_cache_seconds: float = Field(
        5,
        ge=0,
        description="How long `GET /v1/release` gives out what it read before it asks Firestore"
        " again.",
    )
    max_connections: int = Field(
        512, ge=8, description="Connections that the service keeps open at the same time."
    )
    player_key: SecretStr = Field(
        SecretStr(DEVELOPMENT_PLAYER_KEY),
        description="Key of the hash that replaces a player's id in the data set. Never change it:"
        " the splits depend on it, so a run with another key is refused.",
    )

    signing_key: SigningKeyText = Field(
        None,
        description="Private key that signs the manifests of versions: the key in base64, or the"
        " path of a file with it (`redraw keys new`); unset: nothing is signed.",
    )
    trusted_keys: PublicKeys = Field(
        (),
        description="Public keys in base64, with commas between, whose signatures count besides"
        " the signing key's own. With any key, a version without a valid signature is not"
        " released.",
    )

    game: GameSettings = GameSettings()

    categories: Categories = Field(
        CATEGORIES,
        description="The classes, in the order of their labels: names separated by commas, or the"
        " path of a file with a name on each line; 2 to 255.",
    )
    samples_per_class: int = Field(
        70_000, ge=10, description="Drawings of each class that the baseline uses."
    )
    recipe: RecipeName = Field(
        RecipeName.FAST, description="How the baseline is trained: `plain`, `fast` or `best`."
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto",
        description="Number format that `fast` and `best` train in; `auto` is bfloat16 if the"
        " processor has it, otherwise float32.",
    )
    epochs: int | None = Field(
        None,
        ge=1,
        description="Epochs of the baseline instead of the recipe's own; early stopping may end"
        " `plain` sooner.",
    )
    batch_size: int | None = Field(
        None,
        ge=1,
        description="Batch size of the baseline's training instead of the recipe's own.",
    )
    canvas_copies: int | None = Field(
        None,
        ge=0,
        description="Base rows that `fast` and `best` also show as drawn on a canvas, at most,"
        " instead of the recipe's own number; 0: none.",
    )
    seed: int = Field(
        0, ge=0, lt=2**32, description="Seed of splits, initial weights and shuffles."
    )

    retrain_threshold: int = Field(500, ge=1, description="Pending corrections that start a run.")
    trigger: TriggerSettings = TriggerSettings()
    check_seconds: float = Field(600, gt=0, description="How often to check whether a run is due.")
    nightly_hour: int = Field(3, ge=0, le=23, description="Hour (UTC) of the nightly check.")
    lease_seconds: float = Field(
        60,
        gt=0,
        le=LONGEST_LEASE_SECONDS,
        description="A run's worker is replaced after this long without a sign of life; 600 at"
        " most.",
    )
    sweep_seconds: float = Field(
        60, gt=0, description="How often to look for runs whose worker died."
    )
    max_deaths: int = Field(
        10, ge=1, description="Deaths of workers after which a run ends as failed."
    )
    worker_nice: int = Field(
        10,
        ge=0,
        le=19,
        description="How much the processes that execute runs give way to the other programs of"
        " their machine, such as the service (`nice`); 0: not at all.",
    )
    patience_hours: float = Field(
        1,
        gt=0,
        le=720,
        description="A run that temporary faults (no network, Storage down) keep from getting any"
        " further for so long ends as failed.",
    )

    collect_batch: int = Field(
        250, ge=1, description="Corrections in one batch, which one worker collects."
    )
    max_canvas_bytes: int = Field(
        262_144, ge=1, description="Size of the largest canvas file that is read from Storage."
    )
    canvas_grace_hours: float = Field(
        24,
        ge=0,
        description="How long a correction waits for a canvas that is not in Storage yet, before it"
        " is refused as `missing_image`; uploads come later than documents, or again.",
    )
    player_class_cap: int = Field(
        20,
        ge=1,
        description="Drawings of one class that a player may add in one run; more are quarantined.",
    )
    fit: FitSettings = FitSettings()
    gate: GateSettings = GateSettings()
    int8: Int8Settings = Int8Settings()
    rebaseline: RebaselineSettings = RebaselineSettings()
    ask: AskSettings = AskSettings()
    trial: TrialSettings = TrialSettings()
    retention: RetentionSettings = RetentionSettings()
    forget: ForgetSettings = ForgetSettings()

    @model_validator(mode="after")
    def _refuse_conflicts(self) -> Self:
        problems = list(self.find_conflicts())
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def find_conflicts(self) -> Iterator[str]:
        """Yield what is wrong with valid values together, or with the environment around them."""
        if self.api_key is not None and len(self.api_key.get_secret_value()) < SHORTEST_KEY:
            yield (
                "REDRAW_API_KEY is shorter than 16 characters: make one with `openssl rand -hex 32`"
            )
        if self.environment == "production":
            url = self.webhook.url
            if url is not None and not url.get_secret_value().startswith("https://"):
                yield "REDRAW_WEBHOOK_URL must begin with https:// in production"
            key = self.player_key.get_secret_value()
            if key == DEVELOPMENT_PLAYER_KEY or len(key) < SHORTEST_KEY:
                yield (
                    "REDRAW_PLAYER_KEY must be set in production:"
                    " make one with `openssl rand -hex 32`"
                )
            for name in EMULATORS:
                # An empty value counts as set: Google's Firestore client reads it so.
                if name in os.environ:
                    yield f"{name} is set, which production never trusts: unset it"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read maps and lists that are no JSON as texts, so that all invalid values are told."""
        del env_settings, file_secret_settings
        return (
            init_settings,
            AnyTextEnv(settings_cls),
            any_text_dotenv(settings_cls, dotenv_settings),
        )

    def with_changes(self, **changes: Any) -> Self:
        """Return a copy with other values. A dict changes the named fields of a group alone.

        `settings.with_changes(fit={"method": "keras"}, port=0)`. The values are not validated.
        """
        groups = {
            name: getattr(self, name).model_copy(update=fields)
            for name, fields in changes.items()
            if isinstance(getattr(self, name), Group)
        }
        return self.model_copy(update={**changes, **groups})
