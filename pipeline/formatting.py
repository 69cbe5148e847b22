"""Format shares, names and foreign texts for people: one style wherever they are shown."""

# Below these absolute differences (in points), two digits or one digit after the point are shown.
_TWO_DIGITS_BELOW, _ONE_DIGIT_BELOW = 0.995, 9.95
MEGABYTE, GIGABYTE = 10**6, 10**9


def format_percent(share: float, digits: int = 1) -> str:
    """Return a share in percent: `96.8%` for 0.968.

    Args:
        share: a share of one, such as an accuracy.
        digits: digits after the decimal point.
    """
    return f"{share:.{digits}%}"


def format_points(share: float, *, unit: bool = True) -> str:
    """Return the difference of two shares in percentage points: `0.05 points`, `1 point`.

    The text has about two significant digits, as differences are rarely known better, and no
    trailing zeros.

    Args:
        share: a difference of two shares of one: 0.01 is one point.
        unit: whether the word "point" or "points" follows the number.
    """
    points = 100 * share
    digits = 2 if abs(points) < _TWO_DIGITS_BELOW else 1 if abs(points) < _ONE_DIGIT_BELOW else 0
    number = f"{points:z.{digits}f}"
    if digits:
        number = number.rstrip("0").rstrip(".")
    if not unit:
        return number
    return f"{number} {'point' if number.lstrip('-') == '1' else 'points'}"


def format_category(name: str) -> str:
    """Return the name of a class as people read it: `smiley face` for `smiley_face`."""
    return name.replace("_", " ")


def escape_unprintable(text: str) -> str:
    """Return the text with every unprintable character escaped.

    Control characters and marks of direction could change how the rest of a page or a terminal is
    shown.
    """
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )


def shorten(text: str, length: int) -> str:
    """Return a text from outside, escaped and cut to about `length` characters."""
    return escape_unprintable(text if len(text) <= length else f"{text[:length]}...")


def count_objects(number: int) -> str:
    """Return "1 object", or the number of objects."""
    return "1 object" if number == 1 else f"{number:,} objects"


def format_size(size: int) -> str:
    """Return a number of bytes in kB below a megabyte, in MB below a gigabyte, else in GB."""
    if size >= GIGABYTE:
        return f"{size / GIGABYTE:,.1f} GB"
    return f"{size / MEGABYTE:,.1f} MB" if size >= MEGABYTE else f"{size / 1000:,.1f} kB"
