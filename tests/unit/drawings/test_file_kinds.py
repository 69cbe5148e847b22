"""A file that is no canvas is refused by a reason that names what it is."""

import base64
import gzip
import io
import json

import numpy as np
import pytest
from PIL import Image

from pipeline.drawings import normalize_canvas
from pipeline.errors import InvalidDrawing
from tests.unit.drawings._canvases import canvas, png_of

PNG = png_of(canvas())
BASE64 = base64.b64encode(PNG)
DATA_URL = b"data:image/png;base64," + BASE64
FORM = b'--x\r\nContent-Disposition: form-data; name="canvas"\r\n\r\n' + PNG


def picture(kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(canvas()).save(buffer, kind)
    return buffer.getvalue()


def array() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, canvas())
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "named"),
    [
        pytest.param(b"", "an empty file", id="empty"),
        pytest.param(bytes(500), "a file of zeros", id="zeros"),
        pytest.param(gzip.compress(PNG), "gzip", id="gzip"),
        pytest.param(DATA_URL, "a data: URL", id="data URL"),
        pytest.param(b'"' + DATA_URL + b'"', "a data: URL", id="data URL in quotes"),
        pytest.param(b"data:image/svg+xml,%3Csvg/%3E", "a data: URL", id="data URL, percent"),
        pytest.param(BASE64, "base64", id="base64"),
        pytest.param(base64.urlsafe_b64encode(PNG).rstrip(b"="), "base64", id="base64 for URLs"),
        pytest.param(base64.encodebytes(PNG), "base64", id="base64 in lines"),
        pytest.param(b'"' + BASE64 + b'"', "base64", id="base64 in quotes"),
        pytest.param(PNG.hex().encode(), "hexadecimal", id="hexadecimal"),
        pytest.param(picture("GIF"), "a GIF", id="GIF"),
        pytest.param(picture("WEBP"), "a WebP", id="WebP"),
        pytest.param(picture("BMP"), "a BMP", id="BMP"),
        pytest.param(picture("TIFF"), "a TIFF", id="TIFF"),
        pytest.param(picture("ICO"), "an icon", id="icon"),
        pytest.param(b"\0\0\0\x1cftypheic\0\0\0\0mif1", "a HEIC", id="HEIC"),
        pytest.param(b"\0\0\0\x1cftypavif\0\0\0\0mif1", "an AVIF", id="AVIF"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG", id="SVG"),
        pytest.param(b"<?xml version='1.0'?><svg/>", "an SVG", id="SVG with a head"),
        pytest.param(b"<!DOCTYPE html><title>404</title>", "a web page", id="web page"),
        pytest.param(b"<?xml version='1.0'?><Error/>", "an XML", id="XML"),
        pytest.param(json.dumps({"image": BASE64.decode()}).encode(), "JSON", id="JSON"),
        pytest.param(FORM, "the body of a form", id="form"),
        pytest.param(b"%PDF-1.7", "a PDF", id="PDF"),
        pytest.param(b"PK\x03\x04....", "a ZIP", id="ZIP"),
        pytest.param(array(), "a NumPy array", id="NumPy"),
        pytest.param(b"blob:https://game.example/1f-2a", "an address", id="address"),
        pytest.param(b"[object Blob]", "a value in a program", id="object"),
        pytest.param(b"undefined", "a value in a program", id="undefined"),
        pytest.param(PNG.decode("latin-1").encode(), "sent as text", id="UTF-8 of the bytes"),
        pytest.param(PNG.decode("utf-8", "replace").encode(), "sent as text", id="broken UTF-8"),
        pytest.param(PNG.replace(b"\r\n", b"\n"), "sent as text", id="line ends"),
        pytest.param(b"I drew a cat!", "text", id="text"),
        pytest.param(b"\x01\x02\x03" * 20, "neither a PNG nor a JPEG", id="unknown"),
    ],
)
def test_the_reason_names_what_the_file_is(data: bytes, named: str) -> None:
    with pytest.raises(InvalidDrawing, match=f"it is .*{named}") as refused:
        normalize_canvas(data)
    assert refused.value.reason == "unreadable_image"
    assert "\n" not in str(refused.value)
