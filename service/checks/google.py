"""The checks of the Firebase project itself: account, clock, bucket, indexes and rules."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from pipeline.corrections.game_schema import read_schema
from pipeline.errors import AccessDenied, Unavailable
from pipeline.ports import ProjectInspector
from pipeline.records.inspection import BucketState
from pipeline.settings import Settings
from service.backends.clock import CLOCK_SKEW_SECONDS
from service.checks.check import Check, Finding

DEPLOY_INDEXES = (
    "`redraw indexes > firestore.indexes.json`, then `firebase deploy --only firestore:indexes`"
)
LEAST_DELETED_DAYS = 7.0
"""Storage keeps deleted objects for so long by default."""


def list_google_checks(
    settings: Settings, inspector: ProjectInspector | None, shipped: Mapping[str, str] | None
) -> list[Check]:
    """Return the checks.

    Args:
        settings: of this process.
        inspector: looks at the project; None: no check is made.
        shipped: the text of the security rules to deploy, by service; None: they are not compared.
    """
    if inspector is None:
        return []
    return [
        Check("credentials", lambda: check_account(inspector, settings)),
        Check("clock", lambda: check_clock(inspector, settings)),
        Check("bucket", lambda: check_bucket(inspector, settings), of_project=True),
        Check("indexes", lambda: check_indexes(inspector, settings), of_project=True),
        *(
            []
            if shipped is None
            else [Check("rules", lambda: check_rules(inspector, shipped, settings))]
        ),
    ]


def check_account(inspector: ProjectInspector, settings: Settings) -> Iterator[Finding]:
    """Yield what account this is; getting a token for it shows that it is still valid."""
    account = inspector.describe_account()
    if account is None:
        yield Finding("credentials: none are needed, as emulators stand for the project")
        return
    foreign = account.project not in {None, settings.project_id}
    of_project = f", of project {account.project}" if foreign else ""
    name = f"credentials: {account.kind}{of_project}"
    if account.person and settings.environment == "production":
        yield Finding(
            name,
            "production runs with the login of a person, which ends when that person leaves: make a"
            " service account, and set GOOGLE_APPLICATION_CREDENTIALS to its key file",
        )
        return
    yield Finding(name)


def find_harmful_skew(settings: Settings) -> timedelta:
    """Return by how much a clock may be wrong before something fails.

    ID tokens that Google has just made are refused from CLOCK_SKEW_SECONDS on. What beat sends
    expires when the next one is due, by the worker's clock.
    """
    due = min(settings.sweep_seconds, settings.check_seconds)
    return timedelta(seconds=min(CLOCK_SKEW_SECONDS, due / 2))


def check_clock(inspector: ProjectInspector, settings: Settings) -> Iterator[Finding]:
    """Yield by how much this machine's clock differs from Google's."""
    try:
        seen = inspector.ask_as_stranger()
    except Unavailable as error:
        yield Finding("clock", unknown=f"nothing to compare it with ({error})")
        return
    # The server's time is that of some moment between the two, and known to half a second.
    unsure = (seen.after - seen.before) / 2 + timedelta(seconds=0.5)
    ahead = seen.before + (seen.after - seen.before) / 2 - seen.at
    off = max(timedelta(0), abs(ahead) - unsure)
    limit = find_harmful_skew(settings)
    if off <= limit:
        yield Finding(f"clock: right within {max(abs(ahead), unsure).total_seconds():.1f} s")
        return
    way = "ahead of" if ahead > timedelta(0) else "behind"
    yield Finding(
        "clock",
        f"this machine's clock is {off.total_seconds():.0f} s {way} Storage's, and at most"
        f" {limit.total_seconds():.0f} s do no harm: tokens are refused, and tasks expire before"
        " they begin. Let NTP set it (`timedatectl set-ntp true`)",
    )


def check_bucket(inspector: ProjectInspector, settings: Settings) -> Iterator[Finding]:
    """Yield how the bucket is set up, and whether strangers may list it."""
    name = f"bucket {settings.bucket}"
    if inspector.ask_as_stranger().may_list:
        yield Finding(
            name,
            "anyone on the internet may list it, players' canvases too: take `allUsers` off it in"
            " the Google Cloud console (Cloud Storage, Permissions)",
        )
    try:
        state = inspector.describe_bucket()
    except AccessDenied:
        yield Finding(
            name,
            unknown="this account may not read how it is set up: that needs storage.buckets.get,"
            " which Redraw itself does not",
        )
        return
    yield Finding(f"{name}: {', '.join(_describe(state)) or 'it exists'}")
    days = state.soft_delete_days
    if days is not None and days < LEAST_DELETED_DAYS and not state.versioning:
        yield Finding(
            f"{name}: deleted objects cannot be brought back for a week, by neither soft"
            " deletion nor versioning; backups are all there is"
        )


def _describe(state: BucketState) -> Iterator[str]:
    if state.location is not None:
        yield f"in {state.location}"
    if state.versioning is not None:
        yield f"versioning {'on' if state.versioning else 'off'}"
    if state.soft_delete_days is not None:
        yield f"deleted objects kept for {state.soft_delete_days:g} days"
    if state.origins is not None:
        yield f"pages of {', '.join(state.origins) or 'no origin'} may read it themselves"
    if state.guarded is not None:
        yield "cannot be made public" if state.guarded else "not guarded against being made public"


def check_indexes(inspector: ProjectInspector, settings: Settings) -> Iterator[Finding]:
    """Yield whether Firestore has the composite indexes that runs and `/metrics` need."""
    needed = read_schema(settings.game, settings.categories).list_indexes()
    missing = inspector.find_missing_indexes(needed)
    if missing:
        yield Finding(
            "indexes",
            f"Firestore lacks {len(missing)} of {len(needed)}: {'; '.join(missing)}. Runs by age"
            f" and drift do not start: {DEPLOY_INDEXES}",
        )
        return
    yield Finding(f"indexes: all {len(needed)} that runs need are there")


def check_rules(
    inspector: ProjectInspector, shipped: Mapping[str, str], settings: Settings
) -> Iterator[Finding]:
    """Yield whether the security rules that are deployed are the shipped ones."""
    try:
        deployed = inspector.read_rules()
    except AccessDenied:
        yield Finding(
            "rules",
            unknown="this account may not read the deployed ones: give it the role Firebase Rules"
            " Viewer, or compare them in Firebase's console",
        )
        return
    if deployed is None:
        yield Finding("rules: none protect emulators")
        return
    for service, expected in shipped.items():
        name, text = f"rules of {service}", deployed.get(service)
        command = "firestore:rules" if service == "Firestore" else "storage"
        deploy = f"`firebase deploy --only {command}` (`redraw rules` prints those of Firestore)"
        if text is None:
            yield Finding(name, f"no rules are deployed in project {settings.project_id}: {deploy}")
        elif _strip(text) != _strip(expected):
            yield Finding(
                name,
                "what is deployed is not what this Redraw ships for these classes. If you have"
                f" added your own rules, compare them; otherwise {deploy}",
            )
        else:
            yield Finding(name)


def _strip(text: str) -> list[str]:
    """Return the lines without spaces at their ends, empty lines and whole lines of comment."""
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("//")]
