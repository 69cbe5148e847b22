"""Bodies about players: how their corrections fared, without a name."""

from datetime import datetime

from pydantic import Field

from pipeline.corrections.players import Standing
from service.schemas.base import Body
from service.schemas.lists import Paged

HASH_PATTERN = "^[0-9a-f]{64}$"


class ListedPlayer(Body):
    """How one player's corrections fared."""

    player: str = Field(
        pattern=HASH_PATTERN,
        description="The hash that stands for the player in the data set; it cannot be turned back"
        " into an id.",
    )
    standing: Standing = Field(
        description="`good`; `watched`: more is contradicted than happens to one in twenty honest"
        " players; `player_record`: so much that the next run quarantines what the player sends."
    )
    pending: int = Field(ge=0, description="Corrections that the next run reads.")
    merged: int = Field(ge=0, description="Those in the data set.")
    confirmations: int = Field(ge=0, description="How many of these confirm the guess.")
    quarantined: dict[str, int] = Field(
        description="Those that wait for the owner, by reason.", examples=[{"flood": 3}]
    )
    refused: int = Field(ge=0, description="Those that cannot be used, or that the owner refused.")
    contradicted: int = Field(
        ge=0,
        description="Those that count against the player: quarantined as `contradicted_label`, or"
        " refused by the owner.",
    )
    contradicted_share: float | None = Field(
        description="Their share of the corrections that are merged or contradicted, 0 to 1; null"
        " if there are none. Confirmations do not count."
    )


class PlayerList(Paged):
    """Some players, in order of hash, as they were counted at one moment."""

    players: list[ListedPlayer]
    counted_at: datetime = Field(description="When the corrections were read.")
    corrections: int = Field(ge=0, description="How many were read.")
    complete: bool = Field(
        description="Whether these are all; otherwise REDRAW_ANSWER_PLAYERS_MOST ended the reading."
    )
    without_player: int = Field(ge=0, description="Those that do not say whose they are.")
    without_state: int = Field(
        ge=0, description="Those that no run has seen yet, or whose status Redraw does not know."
    )
