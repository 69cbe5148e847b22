"""Parts of a picture: SVG as text, with colours for light and dark."""

from collections.abc import Iterable
from html import escape

STYLE = """
    .card { fill: #fff; stroke: #e6e0d5; }
    .ink { fill: #20242c; } .soft { fill: #5f6879; }
    .blue { fill: #2f62d9; } .orange { fill: #b94a13; }
    .grid { stroke: #e6e0d5; } .rule { stroke: #5f6879; stroke-dasharray: 5 4; }
    .on { stroke: #2f62d9; } .off { stroke: #b94a13; } .between { stroke: #5f6879; }
    .box { fill: #f3efe8; stroke: #857f70; } .chosen { fill: #e6edfc; stroke: #2f62d9; }
    .aside { fill: #fbe9df; stroke: #b94a13; }
    @media (prefers-color-scheme: dark) {
      .card { fill: #1e232b; stroke: #333a45; }
      .ink { fill: #e9e6df; } .soft { fill: #9aa3b2; }
      .blue { fill: #7aa2ff; } .orange { fill: #f0905c; }
      .grid { stroke: #333a45; } .rule { stroke: #9aa3b2; }
      .on { stroke: #7aa2ff; } .off { stroke: #f0905c; } .between { stroke: #9aa3b2; }
      .box { fill: #262c35; stroke: #758093; } .chosen { fill: #22304f; stroke: #7aa2ff; }
      .aside { fill: #3d2a20; stroke: #f0905c; }
    }"""
"""The colours of the reports. A picture has its own ground, so it can be read on any page."""
FONT = "system-ui, Helvetica, Arial, 'DejaVu Sans', sans-serif"


def draw_picture(width: int, height: int, title: str, about: str, parts: Iterable[str]) -> str:
    """Return a picture as the text of a file.

    Args:
        width: of the drawing, as is `height`, in its own units.
        height: see `width`.
        title: what it shows, for those who do not see it.
        about: the same in a sentence or two.
        parts: SVG, drawn in this order.
    """
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        f' role="img" aria-labelledby="title about" font-family="{FONT}" font-size="14">'
    )
    lines = [
        head,
        f'  <title id="title">{escape(title)}</title>',
        f'  <desc id="about">{escape(about)}</desc>',
        f"  <style>{STYLE}\n  </style>",
        f'  <rect class="card" x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="10"/>',
        *(f"  {part}" for part in parts),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def draw_text(
    x: float, y: float, text: str, kind: str = "ink", *, anchor: str = "start", bold: bool = False
) -> str:
    """Return one line of text; `anchor` says which of its ends, or its middle, is at x."""
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{weight}>'
        f"{escape(text)}</text>"
    )


def draw_line(
    start: tuple[float, float], end: tuple[float, float], kind: str, width: float = 1.5
) -> str:
    """Return a straight line between two places."""
    return (
        f'<line class="{kind}" x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}"'
        f' y2="{end[1]:.1f}" stroke-width="{width:g}"/>'
    )


def draw_curve(points: Iterable[tuple[float, float]], kind: str) -> str:
    """Return straight lines from each place to the next."""
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline class="{kind}" points="{places}" fill="none" stroke-width="2.5"/>'


def draw_dot(x: float, y: float, kind: str) -> str:
    """Return a dot."""
    return f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="5"/>'


def draw_box(
    x: float, y: float, width: float, height: float, lines: Iterable[str], *, kind: str = "box"
) -> str:
    """Return a box with lines of text in its middle, the first of them bold."""
    texts = [*lines]
    top = y + height / 2 - (len(texts) - 1) * 9 + 5
    written = "".join(
        draw_text(x + width / 2, top + 18 * row, text, anchor="middle", bold=not row)
        for row, text in enumerate(texts)
    )
    return (
        f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
        f' rx="8"/>{written}'
    )


def draw_arrow(start: tuple[float, float], end: tuple[float, float]) -> str:
    """Return an arrow, straight to the right or straight down."""
    x, y = end
    across = start[1] == end[1]
    tip = (
        f"M{x - 8:.1f} {y - 5:.1f} L{x:.1f} {y:.1f} L{x - 8:.1f} {y + 5:.1f} z"
        if across
        else f"M{x - 5:.1f} {y - 8:.1f} L{x:.1f} {y:.1f} L{x + 5:.1f} {y - 8:.1f} z"
    )
    return draw_line(start, end, "between") + f'<path class="soft" d="{tip}"/>'
