"""How the game spells what Redraw needs: its collection, fields, labels, and new documents.

The adapters translate each document as they read it, so the rest of Redraw knows one spelling: that
of docs/integration.md. This is the only place that knows others.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from pydantic.alias_generators import to_snake

from pipeline.categories import spell
from pipeline.corrections.fields import read_player_id
from pipeline.corrections.validation import parse_label
from pipeline.errors import InvalidSettings
from pipeline.records.corrections import DRAWING_FIELDS, GAME_FIELDS, CorrectionState, Retraining
from pipeline.setting_groups import GameSettings

LABEL_FIELDS = ("correctedLabel", "originalPrediction")
UNKNOWN_PLAYER = "a player without an id"
_INDEXES = (
    # The fields of each, the last one with its direction.
    ("status", "timestamp", "-"),
    ("status", "timestamp", "+"),
    ("modelVersion", "timestamp", "+"),
    ("modelVersion", "correctedLabel", "originalPrediction", "timestamp", "+"),
)
_WHOLE_NUMBER = re.compile("0|-?[1-9][0-9]{0,17}")  # that Firestore can hold
_SNAKE = {name: to_snake(name) for name in GAME_FIELDS}
_NOTHING: Mapping[str, Any] = MappingProxyType({})
_MISSING = object()


class GameSchema(NamedTuple):
    """How the game spells its corrections. The default is the spelling of docs/integration.md.

    collection: where they are.
    categories: the classes; without any, the owner's labels are not compared with them.
    names: the game's name of a field, by ours. A dot leads into a map.
    labels: a class, by each other word of the game for it. meanings: the same, by the word without
        differences of case.
    new: what a document without a status holds if it is new; any other one is left alone.
    merged: what Redraw writes into a document, beside status and retraining, when it is merged.
    placeholders: texts that stand in `userId` for no player at all.
    without_player: what happens to corrections without a player, see `GameSettings`.
    """

    collection: str = "corrections"
    categories: Sequence[str] = ()
    names: Mapping[str, str] = _NOTHING
    labels: Mapping[str, str] = _NOTHING
    meanings: Mapping[str, str] = _NOTHING
    new: Mapping[str, Any] = _NOTHING
    merged: Mapping[str, Any] = _NOTHING
    placeholders: frozenset[str] = frozenset()
    without_player: str = "refuse"

    def find_name(self, name: str) -> str:
        """Return the game's name of a field, to query for it."""
        return self.names.get(name, name)

    def list_fields(self, *, drawings: bool = True) -> Iterator[str]:
        """Yield the name of every field of a document that is read, in each spelling.

        Args:
            drawings: also the fields that hold a drawing.
        """
        for name in GAME_FIELDS:
            if name in DRAWING_FIELDS and not drawings:
                continue
            yield from self.list_names(name)
        yield from self.new

    def list_names(self, name: str) -> list[str]:
        """Return the names that a field may have in a document; of two, the first one counts."""
        return [self.names[name]] if name in self.names else [*dict.fromkeys([name, _SNAKE[name]])]

    def list_player_values(self, user: str) -> list[str | int]:
        """Return the values of `userId` that stand for a player, to query for them.

        There are none of players without an id: it is not known what else they sent. Spaces
        around an id are not looked for.
        """
        if self.without_player != "refuse" and user.startswith(UNKNOWN_PLAYER):
            return []
        return [user, int(user)] if _WHOLE_NUMBER.fullmatch(user) else [user]

    def list_indexes(self) -> list[dict[str, Any]]:
        """Return the composite indexes that runs by age and drift need.

        They are in the form of a `firestore.indexes.json`, for the game's collection and names.
        """
        return [
            {
                "collectionGroup": self.collection,
                "queryScope": "COLLECTION",
                "fields": [
                    {
                        "fieldPath": self.find_name(name),
                        "order": "DESCENDING"
                        if (name, last) == ("timestamp", "-")
                        else "ASCENDING",
                    }
                    for name in names
                ],
            }
            for *names, last in _INDEXES
        ]

    def list_spellings(self, category: str) -> list[str]:
        """Return the words of the game for a class."""
        return [category, *(word for word, meant in self.labels.items() if meant == category)]

    def list_label_values(self, category: str) -> list[str]:
        """Return the texts of `correctedLabel` that stand for a class, to query for them.

        They are the game's words for it, in small letters, with capitals, and with spaces. Other
        mixtures of letters mean the class too (`read_label`), but are not looked for.
        """
        words = self.list_spellings(category)
        spaced = [word.replace("_", " ") for word in words]
        forms = (str, str.lower, str.capitalize, str.title, str.upper)
        return [*dict.fromkeys(form(word) for form in forms for word in (*words, *spaced))]

    def holds(self, fields: Mapping[str, Any], name: str, values: Sequence[str | int]) -> bool:
        """Return whether one of our fields holds one of these values, as a query would find it.

        Args:
            fields: of a document, under the game's names.
            name: our name.
            values: see `list_player_values` and `list_label_values`.
        """
        held = (_look_up(fields, path) for path in self.list_names(name))
        return any(value in values for value in held if not isinstance(value, bool))

    def read(self, correction_id: str, fields: dict[str, Any]) -> dict[str, Any]:
        """Return a document's fields under our names. Fields of other names are kept.

        A field that has no name in the settings may be spelled in camelCase or snake_case; if both
        are there, camelCase counts.
        """
        read = dict(fields)
        for name in GAME_FIELDS:
            value = _look_up(fields, self.names[name]) if name in self.names else _MISSING
            if value is not _MISSING:
                read[name] = value
            elif name in self.names:
                read.pop(name, None)
            elif name not in fields and _SNAKE[name] in fields:
                read[name] = fields[_SNAKE[name]]
        for name in LABEL_FIELDS if self.meanings else ():
            if isinstance(word := read.get(name), str):
                read[name] = self.meanings.get(spell(word), word)
        self._read_player(correction_id, read)
        return read

    @property
    def keeps_canvases(self) -> bool:
        """Whether the game's documents hold the canvas itself, instead of its path in Storage."""
        return "imageData" in self.names and "imageStoragePath" not in self.names

    def write(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return a new document as the game would write it; `read` is the inverse.

        It has the game's names, and the game's word for a class if there is one.

        Args:
            fields: by our names, with labels that are classes.
        """
        document: dict[str, Any] = dict(self.new)
        for name, value in fields.items():
            *maps, last = self.find_name(name).split(".")
            place = document
            for part in maps:
                if not isinstance(place.get(part), dict):
                    place[part] = {}
                place = place[part]
            place[last] = self._spell_label(value) if name in LABEL_FIELDS else value
        return document

    def read_label(self, text: str) -> str | None:
        """Return the class that a word of the game, or a class in another spelling, stands for."""
        label = parse_label(self.meanings.get(spell(text), text), tuple(self.categories))
        return None if label is None else self.categories[label]

    def spell(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Return changes of status and retraining under the game's names."""
        return {self.find_name(name): value for name, value in changes.items()}

    def settle(self, outcome: Retraining) -> dict[str, Any]:
        """Return what the outcome of a run changes in a document, under the game's names."""
        marks = self.merged if outcome.state is CorrectionState.MERGED else {}
        changes = {"status": str(outcome.state), "retraining": outcome.document()}
        return {**marks, **self.spell(changes)}

    def is_new(self, fields: Mapping[str, Any]) -> bool:
        """Return whether a document without a status is to be made pending."""
        return all(
            name in fields and type(fields[name]) is type(value) and fields[name] == value
            for name, value in self.new.items()
        )

    def _spell_label(self, category: str) -> str:
        """Return the game's first other word for a class; the class itself if there is none."""
        return [*self.list_spellings(category)[1:], category][0]

    def _read_player(self, correction_id: str, read: dict[str, Any]) -> None:
        """Replace a placeholder, or a missing id, by what the settings say."""
        player = read_player_id(read.get("userId"))
        if player in self.placeholders:
            player = read["userId"] = ""
        if player == "" and self.without_player == "one":
            read["userId"] = UNKNOWN_PLAYER
        elif player == "" and self.without_player == "each":
            read["userId"] = f"{UNKNOWN_PLAYER}: {correction_id}"


DEFAULT = GameSchema()


def read_schema(game: GameSettings, categories: tuple[str, ...]) -> GameSchema:
    """Return the schema that the settings describe, for a game with these classes.

    Raises:
        InvalidSettings: they name a field or a class that there is not.
    """
    problems = list(find_problems(game, categories))
    if problems:
        raise InvalidSettings(*problems)
    labels = {
        word: categories[parse_label(meant, categories) or 0] for word, meant in game.labels.items()
    }
    return GameSchema(
        game.collection,
        categories,
        game.fields,
        labels,
        {spell(word): meant for word, meant in labels.items()},
        game.new,
        game.merged,
        frozenset(text.strip() for text in game.player_placeholders),
        game.without_player,
    )


def find_problems(game: GameSettings, categories: tuple[str, ...]) -> Iterator[str]:
    """Yield what these settings name that there is not."""
    for name, path in game.fields.items():
        if name not in GAME_FIELDS:
            yield (
                f"REDRAW_GAME_FIELDS: {name!r} is no field of Redraw, which are"
                f" {', '.join(GAME_FIELDS)}"
            )
        elif not all(path.split(".")) or (name == "status" and "." in path):
            yield f"REDRAW_GAME_FIELDS: {path!r} is no name for {name}"
    for meant in game.labels.values():
        if parse_label(meant, categories) is None:
            yield f"REDRAW_GAME_LABELS: {meant!r} is no class, which are {', '.join(categories)}"


def _look_up(fields: Mapping[str, Any], path: str) -> Any:
    """Return the value at a path with dots; _MISSING if there is none."""
    value: Any = fields
    for part in path.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return _MISSING
        value = value[part]
    return value
