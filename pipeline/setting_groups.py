"""Define the settings of one subject each: web pages, the game, triggers, fit, gate, baselines."""

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from pipeline.records.runs import NewRecipe
from pipeline.storage_paths import CANVAS_FOLDER, OWN_FOLDERS


class Group(BaseModel):
    """Settings of one subject. `gate.margin` is read from the variable REDRAW_GATE_MARGIN."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class CorsSettings(Group):
    """Which web pages of other origins may read the service's answers (CORS)."""

    origins: str = Field(
        "*",
        description="Origins whose pages may read `GET /v1/release`, with commas between, such as"
        " `https://game.example`; `*`: all.",
    )
    owner_origins: str = Field(
        "",
        description="Origins whose pages may also call the owner's routes, with commas between;"
        " empty: none.",
    )

    @field_validator("origins", "owner_origins")
    @classmethod
    def _refuse_what_is_no_origin(cls, text: str) -> str:
        for origin in split_origins(text) - {"*"}:
            if not re.fullmatch(r"https?://[^/\s,*?#]+", origin):
                raise ValueError(
                    f"{origin!r} is no origin: write https://host, or https://host:port,"
                    " without a path"
                )
        return text


def split_origins(text: str) -> frozenset[str]:
    """Return the origins in a text that has commas between them."""
    return frozenset(part.strip() for part in text.split(",") if part.strip())


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


class AskSettings(Group):
    """About which drawings a version asks players."""

    budget: float = Field(
        0.1, ge=0, le=1, description="Share of its guesses that a version asks players about."
    )
    audit: float = Field(
        0.01,
        ge=0,
        le=1,
        description="Share of all drawings that players are also asked about at random; it shows"
        " how often the model is right. 0: no audit.",
    )


class FitSettings(Group):
    """How a challenger's head is fitted."""

    method: Literal["anchored", "keras"] = Field(
        "anchored",
        description="`anchored` fits on cached features; `keras` is the plain recipe, for"
        " comparison.",
    )
    base_rows: int = Field(20_000, ge=1, description="Base rows used in the fit, at most.")
    most_answers: int = Field(
        20_000,
        ge=1,
        description="Answers of players used in the fit, at most: the newest ones.",
    )
    answer_weight: float = Field(
        5.0,
        gt=0,
        description="Weight of an answer, on average, against one base row, before validation"
        " adjusts it.",
    )
    anchor_strength: float = Field(
        5e-4,
        gt=0,
        description="L2 pull of the head towards the champion's, against the mean loss, before"
        " validation adjusts it.",
    )


class GateSettings(Group):
    """What the gate allows, and how sure it must be."""

    margin: float = Field(
        0.002,
        ge=0,
        le=1,
        description="Accuracy on clean drawings that a challenger may lose, as a share.",
    )
    baseline_margin: float = Field(
        0.003,
        ge=0,
        le=1,
        description="Accuracy on clean drawings that a challenger may lose against the baseline it"
        " comes from, as a share.",
    )
    players_margin: float = Field(
        0.005,
        ge=0,
        le=1,
        description="Accuracy on players' drawings that a challenger may lose, as a share; it must"
        " gain as measured.",
    )
    class_margin: float = Field(
        0.02,
        ge=0,
        le=1,
        description="Accuracy that a challenger may lose on the drawings of one class, as a share.",
    )
    golden_wrong: int = Field(
        2,
        ge=0,
        description="Drawings of the golden set, five of each class, that a challenger may get"
        " wrong.",
    )
    confidence: float = Field(
        0.95,
        ge=0.5,
        lt=1,
        description="How sure the gate must be of each bound that it decides by, as a share.",
    )
    eagerness: float = Field(
        4.0,
        ge=1,
        description="Players correct a wrong guess at most this many times as readily as they"
        " confirm a right one.",
    )


class RebaselineSettings(Group):
    """How a run trains a new baseline, and when one is offered."""

    recipe: NewRecipe = Field(
        "fast", description="How a new baseline is trained: `fast`, or `best`, which takes longer."
    )
    answer_share: float = Field(
        0.1,
        ge=0,
        le=0.9,
        description="Share of all weight that answers have at least when all layers are trained;"
        " each counts as much as a base row or more.",
    )
    automatic: bool = Field(
        False,
        description="Start the training of a new baseline when a run offers it, without being"
        " asked.",
    )
    heads: int = Field(
        3,
        ge=1,
        description="Retrains in a row that must have gained nothing before a new baseline is"
        " offered.",
    )
    least_gain: float = Field(
        0.002,
        ge=0,
        le=1,
        description="A retrain whose head gains less than this on players' drawings, as a share,"
        " counts as one that gained nothing.",
    )
    fewest_answers: int = Field(
        10_000,
        ge=1,
        description="Answers that must have come since the last baseline before a new one is"
        " offered; from fewer a head learns as much.",
    )
