"""Define the settings of the HTTP service and of what it sends, one group for each subject."""

import re
from ipaddress import ip_network
from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from pipeline.records.notifications import NotificationKind
from pipeline.setting_groups import SHORTEST_KEY, Group
from pipeline.signing.webhooks import read_webhook_secrets

EVENT_KINDS = tuple(str(kind) for kind in NotificationKind if kind is not NotificationKind.TEST)


class CorsSettings(Group):
    """Which web pages of other origins may read the service's answers (CORS)."""

    origins: str = Field(
        "*",
        description="Origins whose pages may read the release and the files of versions, and send"
        " drawings and answers, with commas between, such as `https://game.example`; `*`: all.",
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
    return split_words(text)


def split_words(text: str) -> frozenset[str]:
    """Return the parts of a text that has commas between them."""
    return frozenset(part.strip() for part in text.split(",") if part.strip())


class PredictSettings(Group):
    """Who may use `POST /v1/predict`, and what works for it."""

    callers: Literal["anyone", "players"] = Field(
        "anyone",
        description="Who may send drawings to `POST /v1/predict`: `anyone`, or `players`, which are"
        " those who send a Firebase ID token.",
    )
    processes: int = Field(
        2,
        ge=0,
        le=64,
        description="Processes beside the web process that turn canvases into drawings; 0: a thread"
        " of it does. Each needs about 100 MB, and makes some 400 drawings a second.",
    )


class AnswerSettings(Group):
    """What `POST /v1/corrections` takes from players."""

    per_minute: int = Field(
        30,
        ge=0,
        description="Answers that a player may send to the service in a minute, counted in Redis;"
        " more get status 429; 0: no limit.",
    )
    app_check: Literal["off", "required"] = Field(
        "off",
        description="`required`: answers must come from the game's own app, shown by a Firebase"
        " App Check token.",
    )
    players_minutes: float = Field(
        60,
        ge=0,
        description="How long `GET /v1/players` gives out what it counted before it reads all"
        " corrections again.",
    )
    players_most: int = Field(
        500_000,
        ge=1,
        description="Corrections that `GET /v1/players` reads at most; each costs a read.",
    )


class LimitSettings(Group):
    """How much one caller may ask for."""

    requests: int = Field(
        1200,
        ge=0,
        description="Requests of one caller in a minute: of an account, or of an address for"
        " callers without one; 0: no limit. The API key has none, nor has a session that it"
        " began. Each web process counts for itself.",
    )
    wrong_keys: int = Field(
        10,
        ge=0,
        description="Requests with a wrong API key from one address in a minute; with more, any key"
        " from there is refused for a while; 0: no limit.",
    )
    proxies: str = Field(
        "127.0.0.1,::1",
        description="Addresses and networks of your proxies, with commas between, such as"
        " `10.0.0.0/8`: of requests that come from there, the caller's address is what"
        " X-Forwarded-For says.",
    )

    @field_validator("proxies")
    @classmethod
    def _refuse_what_is_no_network(cls, text: str) -> str:
        for part in filter(None, map(str.strip, text.split(","))):
            try:
                network = ip_network(part)
            except ValueError:
                raise ValueError(
                    f"{part!r} is neither an address nor a network: write 10.0.0.5, or 10.0.0.0/8"
                ) from None
            if network.prefixlen == 0:
                raise ValueError(
                    f"{part} is every address, and then callers could name any as theirs: write"
                    " the network of your proxies"
                )
        return text


class MetricsSettings(Group):
    """What `/metrics` says, and to whom."""

    callers: Literal["owner", "anyone"] = Field(
        "owner",
        description="Who may read `/metrics`: `owner`, or `anyone`, if only your own network"
        " reaches it.",
    )
    cache_seconds: float = Field(
        15,
        ge=0,
        le=3600,
        description="How long `/metrics` gives out what it read of the slot, the release and the"
        " queue before it reads them again.",
    )
    history_seconds: float = Field(
        3600,
        ge=60,
        le=86400,
        description="How often `/metrics` counts all corrections and reads the newest runs and"
        " versions, if no run and no release made it do so before.",
    )


class LogSettings(Group):
    """How the processes write their logs."""

    format: Literal["auto", "text", "json"] = Field(
        "auto",
        description="`json`: an object in JSON on each line; `text`: lines for people; `auto` is"
        " `json` in production, otherwise `text`.",
    )
    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least severity that is written; of libraries only warnings are."
    )


class WebhookSettings(Group):
    """Where notifications are sent."""

    url: SecretStr | None = Field(
        None,
        description="Address that notifications are posted to, https in production; unset: none are"
        " made. It is treated as a secret, as some services put one into it.",
    )
    secret: SecretStr | None = Field(
        None,
        description="Secret that signs them, as Standard Webhooks write it: `whsec_` and 24 to 64"
        " bytes in base64. During a change several, with commas between: each signs.",
    )
    events: str = Field(
        ",".join(EVENT_KINDS),
        description="Kinds of notifications to send, with commas between.",
    )
    quarantined: int = Field(
        20, ge=1, description="Quarantined corrections that an owner is notified of."
    )
    pending_hours: float = Field(
        336,
        gt=0,
        description="A correction that has been pending for so long is an alarm; longer than"
        " REDRAW_TRIGGER_AGE_HOURS, which starts a run.",
    )
    check_seconds: float = Field(
        300, ge=10, description="How often to look for what an owner is notified of."
    )
    keep_days: float = Field(
        30, ge=3, description="How long notifications are kept before they are deleted."
    )

    @field_validator("url", "secret", mode="before")
    @classmethod
    def _take_nothing_as_unset(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("url")
    @classmethod
    def _refuse_what_is_no_address(cls, url: SecretStr | None) -> SecretStr | None:
        # The message must not show the address.
        if url is not None and not re.fullmatch(
            r"https?://[^\s/?#@]+(/[^\s#]*)?", url.get_secret_value()
        ):
            raise ValueError("write https://host/path, without a name or password before the host")
        return url

    @field_validator("secret")
    @classmethod
    def _refuse_what_is_no_secret(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None:
            read_webhook_secrets(secret.get_secret_value())
        return secret

    @field_validator("events")
    @classmethod
    def _refuse_unknown_kinds(cls, text: str) -> str:
        if unknown := split_words(text) - set(EVENT_KINDS):
            raise ValueError(
                f"{min(unknown)!r} is no kind of event: choose among {', '.join(EVENT_KINDS)}"
            )
        return text

    @model_validator(mode="after")
    def _require_secret(self) -> Self:
        if self.url is not None and self.secret is None:
            raise ValueError(
                "REDRAW_WEBHOOK_SECRET must be set too: make one with"
                " `echo whsec_$(openssl rand -base64 32)`"
            )
        return self

    @property
    def kinds(self) -> frozenset[NotificationKind]:
        """The kinds of notifications to make."""
        return frozenset(map(NotificationKind, split_words(self.events)))

    @property
    def keys(self) -> tuple[bytes, ...]:
        """The secrets as bytes."""
        return () if self.secret is None else read_webhook_secrets(self.secret.get_secret_value())


class DashboardSettings(Group):
    """The owner's pages, and the page to play on."""

    session_hours: float = Field(
        12, gt=0, le=720, description="Hours until an owner has to sign in again."
    )
    session_secret: SecretStr | None = Field(
        None,
        description="What signs the cookies of sessions, together with the API key, 16 characters"
        " or more; set it where there is no API key. All sessions end when one of them is changed.",
    )
    firebase_api_key: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9_-]+$",
        description="The web API key of the Firebase project, which is no secret; with it, owners"
        " sign in to the pages with Google, or with an e-mail address and a password.",
    )
    firebase_auth_domain: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$",
        description="The authDomain of the Firebase project; unset: `PROJECT.firebaseapp.com`.",
    )
    play: Literal["anyone", "owner", "off"] = Field(
        "owner",
        description="Who may use the page `/play`, on which one draws and corrects guesses:"
        " `anyone`, `owner`, or `off`. `redraw demo` and `redraw up` let anyone on this machine.",
    )
    play_per_minute: int = Field(
        60,
        ge=0,
        description="Answers on that page from one address in a minute, as a browser that forgets"
        " its cookie is another player; more get status 429; 0: no limit.",
    )

    @field_validator("session_secret")
    @classmethod
    def _refuse_short_secret(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and len(secret.get_secret_value()) < SHORTEST_KEY:
            raise ValueError(
                "it is shorter than 16 characters: make one with `openssl rand -hex 32`"
            )
        return secret
