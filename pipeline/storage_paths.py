"""List every path in Storage: its writer, when it may be deleted, and whether it has player data.

Forgetting a player, rebuilding and retention go by this list, so no other module writes a path.
"""

import re

from pipeline.storage_kinds import Deletion, StoragePath, Writer

_DATASET = "datasets/{dataset}"
_RUN = "runs/{run_id}"
_VERSION = "models/production/{version}"

CANVAS = StoragePath(
    "drawings/corrections/{drawing_id}.png", Writer.GAME, Deletion.OWNER, True, "a player's canvas"
)
BASE_DIGEST = StoragePath(
    f"{_DATASET}/base.sha256", Writer.BASELINE, Deletion.NEVER, False, "the digest of revision 0"
)
BASE_CATEGORIES = StoragePath(
    f"{_DATASET}/categories.json",
    Writer.BASELINE,
    Deletion.NEVER,
    False,
    "the classes of revision 0, in the order of their labels",
)
BASE_DATASET = StoragePath(
    f"{_DATASET}/{{dataset}}.h5", Writer.BASELINE, Deletion.NEVER, False, "revision 0"
)
REFEREE = StoragePath(
    f"{_DATASET}/referee-{{digest}}.npz",
    Writer.BASELINE,
    Deletion.REBUILT,
    False,
    "the referee of the base with this digest",
)
SAMPLES = StoragePath(
    f"{_DATASET}/samples-{{digest}}.npz",
    Writer.BASELINE,
    Deletion.REBUILT,
    False,
    "drawings of the base with this digest, for the pages",
)
ADDITIONS = StoragePath(
    f"{_DATASET}/revisions/{{revision:06d}}.npz",
    Writer.RUN,
    Deletion.NEVER,
    True,
    "what a revision adds to its parent",
)
EDITED_ADDITIONS = StoragePath(
    f"{_DATASET}/editions/{{edition:06d}}/{{revision:06d}}.npz",
    Writer.RUN,
    Deletion.NEVER,
    True,
    "what a revision adds, in an edition of the log that a run wrote to forget a player",
)
EDITION_MARK = StoragePath(
    f"{_DATASET}/editions/{{edition:06d}}/complete.json",
    Writer.RUN,
    Deletion.NEVER,
    False,
    "that an edition is complete; the highest complete one counts, instead of all before it",
)
PLAYER_KEY = StoragePath(
    f"{_DATASET}/player-key.txt",
    Writer.RUN,
    Deletion.NEVER,
    False,
    "the fingerprint of the key that hashes players",
)
BATCH = StoragePath(
    f"{_RUN}/collect/{{number:04d}}.json",
    Writer.RUN,
    Deletion.AFTER_RUN,
    True,
    "the corrections of a batch, as they were read",
)
PLAN = StoragePath(
    f"{_RUN}/collect/plan.json",
    Writer.RUN,
    Deletion.AFTER_RUN,
    False,
    "how many corrections each batch has",
)
HARVEST = StoragePath(
    f"{_RUN}/collect/{{number:04d}}.npz",
    Writer.RUN,
    Deletion.AFTER_RUN,
    True,
    "the drawings of a batch, and the verdicts on what cannot be used",
)
SCREENING = StoragePath(
    f"{_RUN}/screening.json",
    Writer.RUN,
    Deletion.AFTER_RUN,
    True,
    "which corrections are quarantined and why, and the owner's decisions",
)
FIT = StoragePath(
    f"{_RUN}/fit.npz",
    Writer.RUN,
    Deletion.AFTER_RUN,
    True,
    "the challenger's head, how it was chosen, and its guesses of players' drawings",
)
ORIGIN = StoragePath(
    f"{_RUN}/origin.json",
    Writer.RUN,
    Deletion.AFTER_RUN,
    False,
    "what differs between machines: code, libraries, and the settings that decide the result",
)
CHALLENGER = StoragePath(
    f"{_RUN}/challenger.h5", Writer.RUN, Deletion.AFTER_RUN, False, "the challenger's model"
)
TRAINING = StoragePath(
    f"{_RUN}/training.json",
    Writer.RUN,
    Deletion.AFTER_RUN,
    False,
    "how a new baseline was trained: recipe, and the curves of its epochs",
)
RUN_ASKING = StoragePath(
    f"{_RUN}/asking.json", Writer.RUN, Deletion.AFTER_RUN, False, "the challenger's asking policy"
)
RUN_INT8 = StoragePath(
    f"{_RUN}/int8.json",
    Writer.RUN,
    Deletion.AFTER_RUN,
    False,
    "whether the challenger's int8 file guesses well enough",
)
PUBLICATION = StoragePath(
    f"{_RUN}/publication-{{version}}.npz",
    Writer.RUN,
    Deletion.AFTER_RUN,
    False,
    "what the files of a version are to be, noted before they are stored; and its golden drawings",
)
FORGET_PLAN = StoragePath(
    f"{_RUN}/forget/plan.json",
    Writer.RUN,
    Deletion.BY_FORGETTING,
    True,
    "which corrections, revisions and versions a run forgets",
)
FORGET_PAGE = StoragePath(
    f"{_RUN}/forget/page-{{digest}}.json",
    Writer.RUN,
    Deletion.BY_FORGETTING,
    True,
    "what a run that forgets a player is about to delete, for its receipt",
)
RECEIPT = StoragePath(
    "receipts/{run_id}.json",
    Writer.RUN,
    Deletion.OWNER,
    False,
    "what a run that forgot a player has deleted, by path and digest; it does not say whose it was",
)
VERSION_FILE = StoragePath(
    f"{_VERSION}/{{name}}",
    Writer.RUN,
    Deletion.WITH_VERSION,
    False,
    "a file of a version: model, metadata, asking policy, lineage, card, guesses; manifest and"
    " signatures last",
)

ALL_PATHS = (
    CANVAS,
    BASE_DIGEST,
    BASE_CATEGORIES,
    BASE_DATASET,
    REFEREE,
    SAMPLES,
    ADDITIONS,
    EDITED_ADDITIONS,
    EDITION_MARK,
    PLAYER_KEY,
    BATCH,
    PLAN,
    HARVEST,
    SCREENING,
    ORIGIN,
    FIT,
    TRAINING,
    CHALLENGER,
    RUN_ASKING,
    RUN_INT8,
    PUBLICATION,
    FORGET_PLAN,
    FORGET_PAGE,
    RECEIPT,
    VERSION_FILE,
)

CANVAS_FOLDER = "drawings/corrections/"
OWN_FOLDERS = ("datasets/", "models/", "receipts/", "runs/")
"""Where Redraw writes. No canvas is read from there."""
VERSIONS_FOLDER = _VERSION.removesuffix("{version}")
CANVAS_PATTERN = re.compile(r"drawings/corrections/[A-Za-z0-9_-]{1,128}\.png")
"""What a correction's document may name as its canvas: narrower than CANVAS; players write it."""


def classify_path(path: str) -> StoragePath | None:
    """Return the kind of object that `path` names; None if it is no path of Redraw or the game."""
    # "collect/plan.json" would also match a looser template: the fixed names are compared first.
    kinds = sorted(ALL_PATHS, key=lambda kind: kind.template.count("{"))
    return next((kind for kind in kinds if kind.matches(path)), None)


def name_dataset(classes: int) -> str:
    """Return the name of the data set with so many classes: of its file, and of its folder."""
    return f"quickdraw_{classes}cat"


def dataset_folder(dataset: str) -> str:
    """Return the folder of a data set."""
    return f"{_DATASET}/".format(dataset=dataset)


RUNS_FOLDER = "runs/"
"""Where runs keep what they need to go on."""


def run_of(path: str) -> str:
    """Return the run whose object a path below RUNS_FOLDER is."""
    return path.removeprefix(RUNS_FOLDER).partition("/")[0]


def forget_folder(run_id: str) -> str:
    """Return the folder of what a run plans, and notes, to forget a player."""
    return f"{RUNS_FOLDER}{run_id}/forget/"


def collect_folder(run_id: str) -> str:
    """Return the folder of what a run collects."""
    return f"{RUNS_FOLDER}{run_id}/collect/"


def version_of(path: str) -> str | None:
    """Return the name of the version's folder that an object lies in; None if it lies in none."""
    match = re.fullmatch(f"{re.escape(VERSIONS_FOLDER)}([^/]+)/.*", path, re.DOTALL)
    return match.group(1) if match else None


def version_folder(version: str) -> str:
    """Return the folder of a version."""
    return _VERSION.format(version=version)


def model_path(version: str) -> str:
    """Return the path of a version's Keras file."""
    return VERSION_FILE.fill(version=version, name=f"quickdraw_{version}.h5")


SIGNATURE_NAME = re.compile(r"signature-([0-9a-f]{16})\.json")
"""The name of the file with a signature of a version's manifest; the group is the id of the key."""


def is_signature(path: str) -> bool:
    """Return whether a path, or the name of a file, is that of a signature."""
    return SIGNATURE_NAME.fullmatch(path.rpartition("/")[2]) is not None


def lineage_path(version: str) -> str:
    """Return the path of the file that says how a version came about."""
    return VERSION_FILE.fill(version=version, name="lineage.json")


def manifest_path(version: str) -> str:
    """Return the path of a version's manifest: it lists every other file, and is written last."""
    return VERSION_FILE.fill(version=version, name="manifest.json")
