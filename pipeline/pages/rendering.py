"""Render the templates of this folder to HTML. Every value is escaped unless it is `Markup`."""

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from pipeline.formatting import format_category, format_percent, format_points
from pipeline.pages.pictures import encode_data_uri


def render_template(name: str, **context: Any) -> str:
    """Return a page: the template `name` with the values in `context`.

    The same context gives the same text.

    Raises:
        jinja2.UndefinedError: the template uses a name that `context` lacks.
    """
    return _ENVIRONMENT.get_template(name).render(context)


def format_count(count: int) -> str:
    """Return a whole number with commas between the thousands: `12,345`."""
    return f"{count:,}"


_ENVIRONMENT = Environment(
    loader=PackageLoader("pipeline.pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_ENVIRONMENT.filters.update(
    category=format_category,
    data_uri=encode_data_uri,
    number=format_count,
    percent=format_percent,
    points=format_points,
)
