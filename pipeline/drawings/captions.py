"""Find a word that the game printed above or below the drawing."""

from collections.abc import Sequence

import numpy as np

from pipeline.drawings.pieces import Piece

MIN_LETTERS = 3
MARGIN = 0.18  # of the height of the canvas: words are printed so near to its upper or lower edge
LETTER_HEIGHTS = (0.02, 0.14)  # of the height of the canvas
MAX_LETTER_WIDTH = 2.5  # of its height; letters may touch
MAX_GAP = 0.7  # of the height of the tallest letter, between letters and between words
MAX_OFF_LINE = 1  # pixels, by which a letter ends above or below the line of the word
MIN_ON_LINE = 0.6  # of the letters end on that line; others hang below it


def find_captions(pieces: Sequence[Piece], height: int) -> list[Piece]:
    """Return the letters of words near the upper and the lower edge of the canvas.

    Letters that a program prints stand close to each other on one line, to the pixel. What a hand
    draws does not.

    Args:
        pieces: of the whole canvas.
        height: of the canvas, in pixels.
    """
    if len(pieces) <= MIN_LETTERS:
        return []
    low = [piece for piece in pieces if piece.height <= LETTER_HEIGHTS[1] * height]
    near_top = [piece for piece in low if piece.bottom <= MARGIN * height]
    near_bottom = [piece for piece in low if piece.top >= (1 - MARGIN) * height]
    return _find_word(near_top, height) + _find_word(near_bottom, height)


def _find_word(pieces: list[Piece], height: int) -> list[Piece]:
    """Return the letters of the word among pieces of ink; none if they are no word."""
    tall = [
        piece
        for piece in pieces
        if piece.height >= LETTER_HEIGHTS[0] * height
        and piece.width <= MAX_LETTER_WIDTH * piece.height
    ]
    if len(tall) < MIN_LETTERS:
        return []
    line = int(np.median([letter.bottom for letter in tall]))
    size = max(letter.height for letter in tall)
    on_line = [letter for letter in tall if abs(letter.bottom - line) <= MAX_OFF_LINE]
    if len(on_line) < max(MIN_LETTERS, MIN_ON_LINE * len(tall)):
        return []
    # All pieces at the height of the word: dots of letters, and letters that hang below the line.
    word = sorted(
        (piece for piece in pieces if line - 1.2 * size <= piece.top <= line + 0.1 * size),
        key=lambda letter: letter.left,
    )
    ends = np.maximum.accumulate([letter.right for letter in word])
    gaps = [letter.left - int(end) for letter, end in zip(word[1:], ends, strict=False)]
    # Of low letters that end on different lines, one alone may be left.
    return word if gaps and max(gaps) <= MAX_GAP * size else []
