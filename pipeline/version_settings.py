"""Define the settings of how versions come about: fit, gate, formats, trials, new baselines."""

from typing import Literal, Self

from pydantic import Field, model_validator

from pipeline.records.runs import NewRecipe
from pipeline.setting_groups import Group


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


class Int8Settings(Group):
    """Which versions have an int8 file too, a quarter as large, for phones."""

    when: Literal["checked", "never"] = Field(
        "checked",
        description="`checked`: a version has an int8 file if its guesses pass the gate's checks;"
        " `never`: none has.",
    )
    differing: float = Field(
        0.01,
        ge=0,
        le=1,
        description="Guesses on clean drawings in which the int8 file may differ from the .h5 file,"
        " as a share.",
    )


LARGEST_CANARY = 0.5


class TrialSettings(Group):
    """Which versions are tried on players before all get them, and how."""

    when: Literal["never", "held", "always"] = Field(
        "held",
        description="Which challengers go on trial: `held` ones whose expected gain is positive;"
        " `always`: those that passed the gate too, before they are released; `never`: none, and no"
        " release is watched.",
    )
    kind: Literal["shadow", "canary"] = Field(
        "shadow",
        description="`shadow`: the version on trial guesses beside the released one, and players"
        " are asked where the two disagree; `canary`: players in the trial see its guesses.",
    )
    share: float = Field(
        1.0,
        gt=0,
        le=1,
        description="Share of the players who are in a trial: all, as a shadow changes no guess"
        " that they see; for a canary at most 0.5, such as 0.1.",
    )
    days: float = Field(14, gt=0, le=365, description="A trial ends after so many days at most.")
    watch_days: float = Field(
        7,
        ge=0,
        le=365,
        description="So long after its promotion a version is watched: compared with the one"
        " before it, which is released again if the new one is worse for sure; 0: not watched.",
    )
    answers: int = Field(
        50,
        ge=1,
        description="Pending answers about the versions of a trial that start a run, which judges"
        " the trial.",
    )

    @model_validator(mode="after")
    def _limit_canary(self) -> Self:
        if self.kind == "canary" and self.share > LARGEST_CANARY:
            raise ValueError(
                "a canary is for a part of the players: make the share (REDRAW_TRIAL_SHARE)"
                f" {LARGEST_CANARY} at most, such as 0.1"
            )
        return self


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
