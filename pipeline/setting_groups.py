"""Define the settings of one subject each: the game, when a run starts, retention."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from pipeline.storage_paths import CANVAS_FOLDER, OWN_FOLDERS

SHORTEST_KEY = 16
"""Characters of a secret."""


class Group(BaseModel):
    """Settings of one subject. `trigger.age_hours` is read from REDRAW_TRIGGER_AGE_HOURS."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class TriggerSettings(Group):
    """When a run starts without being asked for."""

    age_hours: float = Field(
        168, gt=0, description="A correction that has been pending for so long starts a run."
    )
    fewest_pending: int = Field(
        100,
        ge=1,
        description="Pending corrections that the nightly check, and drift, need to start a run.",
    )
    drift_rise: float = Field(
        0.05,
        gt=0,
        le=1,
        description="Rise of the champion's correction rate, as a share, that starts a run if it is"
        " beyond chance.",
    )
    drift_window_hours: float = Field(
        24,
        gt=0,
        description="Length of the periods whose correction rates are compared; whole days, because"
        " habits change by the hour.",
    )
    pause_hours: float = Field(
        1,
        gt=0,
        le=24,
        description="Pause between a run and the next one that starts by itself; doubled by each"
        " failure in a row.",
    )


class RetentionSettings(Group):
    """How long what nothing needs any more is kept, before it is deleted."""

    nightly: bool = Field(
        True,
        description="Delete each night, half an hour after the nightly check, what `redraw clean`"
        " shows; false: only `redraw clean --yes` deletes.",
    )
    keep_versions: int = Field(
        20,
        ge=1,
        description="Ready versions to keep for a rollback, the highest numbers; older ones are"
        " withdrawn, but never one that is released, was before, is on trial, or is the baseline of"
        " a kept one.",
    )
    withdrawn_days: float = Field(
        7,
        ge=0,
        description="How long the files of a withdrawn version are kept; longer while a ready one"
        " is rebuilt from them.",
    )
    runs_days: float = Field(
        14,
        ge=0,
        description="How long the intermediate results of a run are kept after its end; they hold"
        " players' drawings.",
    )
    features_days: float = Field(
        30,
        ge=0,
        description="How long cached features are kept in the data folder after a run used them"
        " last.",
    )


class GameSettings(Group):
    """How the game spells its corrections, if not as docs/integration.md asks for."""

    collection: str = Field(
        "corrections",
        pattern=r"^[^/]{1,200}$",
        description="Firestore collection that holds the corrections.",
    )
    fields: dict[str, str] = Field(
        {},
        description='The game\'s names of fields, as JSON: `{"correctedLabel":'
        ' "targetCategory"}`; a dot leads into a map.',
    )
    folder: str = Field(
        CANVAS_FOLDER,
        pattern="^([A-Za-z0-9_-]+/)+$",
        description="Folder of the canvases in Storage, with a slash at its end; in another than"
        " this one, canvases may also be in its subfolders.",
    )
    labels: dict[str, str] = Field(
        {},
        description='The game\'s words for classes, as JSON: `{"smiley": "smiley_face"}`.',
    )
    new: dict[str, bool | int | str] = Field(
        {},
        description="What a document without a status holds if it is new, as JSON:"
        ' `{"usedForTraining": false}`; others without a status are left alone.',
    )
    merged: dict[str, bool | int | str] = Field(
        {},
        description="What Redraw also writes into a document that it has merged, as JSON:"
        ' `{"usedForTraining": true}`.',
    )
    player_placeholders: list[str] = Field(
        [],
        description='Texts that stand for no player in `userId`, as JSON: `["anonymous"]`.',
    )
    without_player: Literal["refuse", "one", "each"] = Field(
        "refuse",
        description="Corrections without a player: `refuse` them; take them as those of `one`"
        " player, which show little; or take `each` as a player's of its own, which one cheat can"
        " abuse.",
    )

    @field_validator("folder")
    @classmethod
    def _refuse_own_folders(cls, folder: str) -> str:
        if folder.startswith(OWN_FOLDERS):
            raise ValueError(f"Redraw itself writes to {folder}: name the folder of the canvases")
        return folder


class ForgetSettings(Group):
    """What happens to versions when a player is forgotten."""

    versions: Literal["withdraw", "keep"] = Field(
        "withdraw",
        description="Versions that learned from a player who is forgotten: `withdraw` them and"
        " delete their files, or `keep` them; neither is released any more.",
    )
    by_players: bool = Field(
        False,
        description="Players may have themselves forgotten, with their own ID token; each such run"
        " costs what one by an owner costs.",
    )
