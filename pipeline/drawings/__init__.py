"""Drawings, 28 x 28 grey, white strokes on black: made from the canvases and strokes that players send.

The same functions prepare what the model learns from and what it is asked about.
"""

from pipeline.drawings.arrays import SIDE, Images, Labels, image_digest, scale_pixels
from pipeline.drawings.centring import centroid_crop
from pipeline.drawings.normalize import normalize_canvas, render_strokes

__all__ = [
    "SIDE",
    "Images",
    "Labels",
    "centroid_crop",
    "image_digest",
    "normalize_canvas",
    "render_strokes",
    "scale_pixels",
]
