"""Turn canvases and strokes into drawings: 28 x 28 grey, white on black.

Training and prediction both use these functions, so the model sees the same kind of input in both.
"""

from pipeline.drawings.arrays import SIDE, Images, Labels, image_digest, scale_pixels
from pipeline.drawings.canvas_text import decode_canvas_text
from pipeline.drawings.centring import centroid_crop
from pipeline.drawings.normalize import normalize_canvas, render_strokes

__all__ = [
    "SIDE",
    "Images",
    "Labels",
    "centroid_crop",
    "decode_canvas_text",
    "image_digest",
    "normalize_canvas",
    "render_strokes",
    "scale_pixels",
]
