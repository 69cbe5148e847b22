"""Canvases on paper that is not plain: grids, rules, dots, grounds, watermarks, words."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from emulator.players.odd_base import BLACK, SIDE, WHITE, Paint, Picture, encode, paint

WORDS = ("cat", "sun", "tree", "house", "fish", "flower", "Draw: apple", "CLOUD", "Star", "moon")


def grid(
    step: int,
    colour: Any,
    *,
    width: int = 1,
    across: bool = True,
    down: bool = True,
    inset: int = 0,
) -> Paint:
    """Return a kind of canvas with lines from edge to edge every `step` pixels."""

    def make(ink: Picture, rng: np.random.Generator) -> bytes:
        paper = Image.new("RGB", (SIDE, SIDE), WHITE)
        draw = ImageDraw.Draw(paper)
        first, last = inset, SIDE - 1 - inset
        for place in range(int(rng.integers(1, step)) + inset, SIDE - inset, step):
            if across:
                draw.line((first, place, last, place), fill=colour, width=width)
            if down:
                draw.line((place, first, place, last), fill=colour, width=width)
        return encode(paint(ink, paper=np.asarray(paper)))

    return make


def notebook(ink: Picture, rng: np.random.Generator) -> bytes:  # noqa: ARG001
    """Draw on ruled paper with a red margin."""
    paper = Image.new("RGB", (SIDE, SIDE), WHITE)
    draw = ImageDraw.Draw(paper)
    for place in range(30, SIDE, 24):
        draw.line((0, place, SIDE, place), fill=(120, 160, 230), width=1)
    draw.line((36, 0, 36, SIDE), fill=(230, 90, 90), width=2)
    return encode(paint(ink, paper=np.asarray(paper)))


def middle_lines(ink: Picture, rng: np.random.Generator) -> bytes:  # noqa: ARG001
    """Draw on a sheet with a cross through its middle."""
    paper = np.full((SIDE, SIDE, 3), 255)
    paper[SIDE // 2 - 1 : SIDE // 2 + 1] = paper[:, SIDE // 2 - 1 : SIDE // 2 + 1] = 0
    return encode(paint(ink, paper=paper))


def dots(step: int, radius: float, colour: Any) -> Paint:
    """Return a kind of canvas on dotted paper."""

    def make(ink: Picture, rng: np.random.Generator) -> bytes:
        paper = Image.new("RGB", (4 * SIDE, 4 * SIDE), WHITE)
        draw = ImageDraw.Draw(paper)
        first = int(rng.integers(4, step))
        for y in range(first, SIDE, step):
            for x in range(first, SIDE, step):
                box = [4 * (x - radius), 4 * (y - radius), 4 * (x + radius), 4 * (y + radius)]
                draw.ellipse(box, fill=colour)
        return encode(paint(ink, paper=np.asarray(paper.reduce(4))))

    return make


def checkerboard(ink: Picture, rng: np.random.Generator) -> bytes:  # noqa: ARG001
    """Draw on the pattern by which programs show that a picture is transparent."""
    y, x = np.mgrid[:SIDE, :SIDE] // 8
    return encode(paint(ink, paper=np.where((x + y) % 2, 255, 191)[..., None] * np.ones(3)))


def slope(start: Any, end: Any, pen: Any = BLACK, *, diagonal: bool = False) -> Paint:
    """Return a kind of canvas on a ground whose colour changes evenly."""

    def make(ink: Picture, rng: np.random.Generator) -> bytes:  # noqa: ARG001
        y, x = np.mgrid[:SIDE, :SIDE] / (SIDE - 1)
        share = ((x + y) / 2 if diagonal else y)[..., None]
        return encode(paint(ink, pen, share * np.array(end) + (1 - share) * np.array(start)))

    return make


def vignette(ink: Picture, rng: np.random.Generator) -> bytes:
    """Draw on a photograph of paper: darker to its corners, with grain."""
    y, x = np.mgrid[:SIDE, :SIDE] / (SIDE - 1) - 0.5
    light = 240 - 150 * (x**2 + y**2) / 0.5 + rng.normal(0, 4, (SIDE, SIDE))
    return encode(paint(ink, (40, 40, 50), light[..., None] * (1, 0.98, 0.93)))


def brushed(colour: Any, *, margin: int = 18, pen: Any = BLACK) -> Paint:
    """Return a kind of canvas whose ground was painted with a broad brush, not up to the edge."""

    def make(ink: Picture, rng: np.random.Generator) -> bytes:
        ground = Image.new("RGB", (SIDE, SIDE), WHITE)
        draw = ImageDraw.Draw(ground)
        low, high = margin + 10, SIDE - margin - 10
        ends = [
            (float(x + rng.normal(0, 6)), float(y))
            for y, sides in zip(range(low, high, 24), np.arange(20) % 2, strict=False)
            for x in ((low, high) if sides else (high, low))
        ]
        draw.line(ends, fill=colour, width=44, joint="curve")
        return encode(paint(ink, pen, np.asarray(ground)))

    return make


def horizon(ink: Picture, rng: np.random.Generator) -> bytes:
    """Paint sky and grass first, from edge to edge, then draw in black."""
    paper = np.empty((SIDE, SIDE, 3))
    hill = SIDE * (0.6 + 0.05 * np.sin(np.arange(SIDE) / 40 + rng.uniform(0, 6)))
    paper[:] = np.where(
        np.arange(SIDE)[:, None, None] < hill[None, :, None], (150, 205, 250), (120, 200, 90)
    )
    return encode(paint(ink, paper=paper))


def half_painted(ink: Picture, rng: np.random.Generator) -> bytes:
    """Fill one half of the ground with a colour."""
    paper = np.full((SIDE, SIDE, 3), 255)
    paper[:, : int(rng.integers(90, 190))] = (255, 200, 150)
    return encode(paint(ink, paper=paper))


def _write(word: str, size: int, colour: Any, place: Any, turn: float = 0) -> NDArray[np.uint8]:
    """Return a word on an empty canvas, uint8 (280, 280, 4)."""
    image = Image.new("RGBA", (SIDE, SIDE), (255, 255, 255, 0))
    font = ImageFont.load_default(size)
    ImageDraw.Draw(image).text(place, word, fill=colour, font=font, anchor="mm")
    return np.asarray(image.rotate(turn, center=place))


def _over(picture: NDArray[np.float64], words: NDArray[np.uint8]) -> NDArray[np.float64]:
    return picture + (words[..., :3] - picture) * (words[..., 3:] / 255)


def watermark(grey: int, size: int, turn: float) -> Paint:
    """Return a kind of canvas with a pale name across it."""

    def make(ink: Picture, rng: np.random.Generator) -> bytes:  # noqa: ARG001
        name = _write("DrawGame", size, (grey, grey, grey, 255), (SIDE / 2, SIDE / 2), turn)
        return encode(paint(ink, paper=_over(np.full((SIDE, SIDE, 3), 255.0), name)))

    return make


def word(height: float, size: int, colour: Any = (0, 0, 0, 255)) -> Paint:
    """Return a kind of canvas with the word to draw at this height, 0 to 1, above the drawing."""

    def make(ink: Picture, rng: np.random.Generator) -> bytes:
        text = WORDS[int(rng.integers(len(WORDS)))]
        room = Image.fromarray(ink).resize((SIDE - 50, SIDE - 50), Image.Resampling.NEAREST)
        sheet = np.zeros((SIDE, SIDE), np.uint8)
        top = 50 if height < 0.5 else 0  # noqa: PLR2004 - above or below the middle
        sheet[top : top + SIDE - 50, 25:-25] = np.asarray(room)
        return encode(_over(paint(sheet), _write(text, size, colour, (SIDE / 2, SIDE * height))))

    return make


def grain(ink: Picture, rng: np.random.Generator) -> bytes:
    """Draw on rough paper."""
    rough = Image.fromarray((rng.random((SIDE, SIDE)) * 255).astype(np.uint8))
    rough = rough.filter(ImageFilter.GaussianBlur(1))
    return encode(paint(ink, paper=215 + 0.15 * np.asarray(rough)[..., None] * np.ones(3)))


PAPERS: dict[str, Paint] = {
    "grid, black": grid(28, BLACK),
    "grid, grey": grid(20, (150, 150, 150)),
    "grid, light": grid(20, (215, 215, 215)),
    "grid, blue, 2 px": grid(35, (90, 130, 255), width=2),
    "grid, inset": grid(25, (130, 130, 130), inset=12),
    "ruled": grid(24, (100, 140, 220), down=False),
    "ruled, black": grid(30, BLACK, down=False),
    "columns": grid(40, (60, 60, 60), across=False),
    "notebook": notebook,
    "cross through the middle": middle_lines,
    "dotted, grey": dots(20, 1.5, (140, 140, 140)),
    "dotted, black": dots(20, 1.5, BLACK),
    "dotted, large": dots(28, 2.5, (110, 110, 110)),
    "dotted, fine": dots(14, 1.0, (90, 90, 90)),
    "checkerboard": checkerboard,
    "slope, sky": slope((90, 160, 235), (235, 245, 255)),
    "slope, dark": slope((10, 10, 30), (90, 60, 120), WHITE, diagonal=True),
    "slope, strong": slope((255, 255, 255), (110, 110, 160)),
    "photographed paper": vignette,
    "painted ground, blue": brushed((90, 170, 240)),
    "painted ground, dark": brushed((40, 70, 40), pen=(255, 240, 120)),
    "painted ground, to the edge": brushed((250, 200, 120), margin=-20),
    "sky and grass": horizon,
    "half painted": half_painted,
    "watermark, pale": watermark(225, 56, 30),
    "watermark, grey": watermark(185, 56, 30),
    "watermark, small": watermark(170, 22, 0),
    "word on top": word(0.09, 26),
    "word on top, grey": word(0.09, 22, (120, 120, 120, 255)),
    "word below": word(0.92, 24),
    "rough paper": grain,
}
