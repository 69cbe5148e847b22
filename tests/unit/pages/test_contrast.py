"""Words and shapes of reports and pages stand out from what they stand on, in both colour schemes.

The least contrasts are those of WCAG 2.2: 4.5 for text (1.4.3), 3 for the shapes of figures and the
edges of fields (1.4.11).
"""

import re
from itertools import product
from pathlib import Path

import pytest

from pipeline.pages.figures import FULL_SHADE, MEDIUM_SHADE

ROOT = Path(__file__).parents[3]
REPORT = ROOT / "pipeline" / "pages" / "templates" / "style.css"
SHEETS = [REPORT, *sorted((ROOT / "service" / "dashboard" / "assets").glob("*.css"))]
WORDS, SHAPES = 4.5, 3.0
GROUNDS = ("paper", "card", "empty")
"""What words and shapes stand on, where their own rule names nothing."""
DARK = "@media (prefers-color-scheme: dark)"
PLAIN = {"inherit", "transparent", "none", "currentcolor", "canvastext"}
Rgb = tuple[float, float, float]
Scheme = dict[str, str]


def read_rules(sheet: Path) -> list[tuple[str, str]]:
    """Return selectors and declarations, without those of print, where paper is white."""
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.DOTALL)
    text = re.sub(r"@media print \{(?:[^{}]*\{[^{}]*\})*\s*\}", "", text)
    return re.findall(r"([^{}]+)\{([^{}]*)\}", text)


def read_scheme(*, dark: bool) -> Scheme:
    """Return the colours of a scheme by the names of their custom properties."""
    colours: Scheme = {}
    for wanted in (False, True) if dark else (False,):
        for sheet in SHEETS:
            text = sheet.read_text()
            in_dark = "".join(re.findall(re.escape(DARK) + r" \{\s*:root \{([^}]*)\}", text))
            plain = "".join(re.findall(r"^:root \{([^}]*)\}", text, re.MULTILINE))
            found = re.findall(r"--([a-z-]+): (#[0-9a-f]+);", in_dark if wanted else plain)
            colours |= dict(found)
    return colours


SCHEMES = {"light": read_scheme(dark=False), "dark": read_scheme(dark=True)}
each_scheme = pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)


def parse(colour: str) -> Rgb:
    digits = colour.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return red, green, blue


def luminance(colour: Rgb) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Rgb, other: Rgb) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def names_in(declarations: str, *properties: str) -> list[str]:
    """Return the custom properties that give one of these CSS properties its colour."""
    pattern = rf"(?:^|;)\s*(?:{'|'.join(properties)}):[^;]*var\(--([a-z-]+)\)"
    return re.findall(pattern, declarations)


def test_the_contrast_is_that_of_the_standard() -> None:
    assert contrast(parse("#000"), parse("#fff")) == pytest.approx(21)
    assert contrast(parse("#777777"), parse("#fff")) == pytest.approx(4.478, abs=0.001)


@each_scheme
def test_words_can_be_read(scheme: Scheme) -> None:
    weak = []
    for sheet in SHEETS:
        for selector, declarations in read_rules(sheet):
            grounds = names_in(declarations, "background", "background-color") or GROUNDS
            for word, ground in product(names_in(declarations, "color"), grounds):
                found = contrast(parse(scheme[word]), parse(scheme[ground]))
                if found < WORDS:
                    weak.append((sheet.name, selector.strip(), word, ground, round(found, 2)))
    assert weak == []


@each_scheme
@pytest.mark.parametrize("word", ["soft", "ink"])
@pytest.mark.parametrize("ground", GROUNDS)
def test_words_of_figures_can_be_read(scheme: Scheme, word: str, ground: str) -> None:
    assert contrast(parse(scheme[word]), parse(scheme[ground])) >= WORDS


@each_scheme
@pytest.mark.parametrize("shape", ["blue", "orange", "bright-orange", "edge", "danger"])
@pytest.mark.parametrize("ground", GROUNDS)
def test_shapes_can_be_seen(scheme: Scheme, shape: str, ground: str) -> None:
    assert contrast(parse(scheme[shape]), parse(scheme[ground])) >= SHAPES


@each_scheme
@pytest.mark.parametrize("colour", ["blue", "orange"])
def test_the_numbers_of_a_matrix_can_be_read_on_each_shade(scheme: Scheme, colour: str) -> None:
    weak = []
    for percent in range(101):
        shade = percent / 100
        if shade > FULL_SHADE:
            number = scheme["number-on-full"]
        else:
            number = "#000" if shade > MEDIUM_SHADE else scheme["number"]
        full, empty = parse(scheme[colour]), parse(scheme["empty"])
        red, green, blue = (
            shade * part + (1 - shade) * ground for part, ground in zip(full, empty, strict=True)
        )
        found = contrast(parse(number), (red, green, blue))
        if found < WORDS:
            weak.append((shade, round(found, 2)))
    assert weak == []


def test_each_colour_of_words_has_a_name_so_that_both_schemes_know_it() -> None:
    odd = [
        (sheet.name, selector.strip(), value)
        for sheet in SHEETS
        for selector, declarations in read_rules(sheet)
        for value in re.findall(r"(?:^|;)\s*color:\s*([^;]+)", declarations)
        if not value.startswith("var(--") and value.strip().lower() not in PLAIN
    ]
    assert odd == []
