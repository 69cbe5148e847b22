"""Texts in paths that may hold anything, as players' ids do."""

from starlette.convertors import Convertor, register_url_convertor

ANY = "any"
"""In the path of a route, as in `/v1/players/{player_id:any}`: everything up to what follows."""


class _AnyText(Convertor[str]):
    """Like Starlette's `path`, which matches no line break: an id with one could not be named."""

    regex = "(?s:.*)"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor(ANY, _AnyText())
