"""A canvas is named by a path, or by an address of an object in our own bucket."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline.corrections.canvas_paths import CanvasPlace, OtherBucketError, read_canvas_path
from pipeline.setting_groups import GameSettings
from pipeline.storage_paths import CANVAS_PATTERN
from tests._examples import examples

BUCKET = "game.appspot.com"
PATH = "drawings/corrections/d1.png"
QUOTED = PATH.replace("/", "%2F")


@pytest.mark.parametrize(
    "text",
    [
        PATH,
        f"gs://{BUCKET}/{PATH}",
        f"https://firebasestorage.googleapis.com/v0/b/{BUCKET}/o/{QUOTED}?alt=media&token=a-b",
        f"https://firebasestorage.googleapis.com:443/v0/b/{BUCKET}/o/{QUOTED}",
        f"http://127.0.0.1:9199/v0/b/{BUCKET}/o/{QUOTED}?alt=media",
        f"https://storage.googleapis.com/{BUCKET}/{PATH}",
        f"https://storage.googleapis.com/{BUCKET}/{PATH}?X-Goog-Signature=1",
        f"https://storage.cloud.google.com/{BUCKET}/{PATH}",
        f"https://{BUCKET}.storage.googleapis.com/{PATH}",
        f"https://storage.googleapis.com/download/storage/v1/b/{BUCKET}/o/{QUOTED}?alt=media",
    ],
)
def test_every_address_of_an_own_object_is_its_path(text: str) -> None:
    assert read_canvas_path(text, CanvasPlace(BUCKET)) == PATH


@pytest.mark.parametrize(
    "text",
    [
        f"gs://other/{PATH}",
        f"https://firebasestorage.googleapis.com/v0/b/other/o/{QUOTED}?alt=media",
        f"https://storage.googleapis.com/other/{PATH}",
        f"https://other.storage.googleapis.com/{PATH}",
    ],
)
def test_an_address_in_another_bucket_names_that_bucket(text: str) -> None:
    with pytest.raises(OtherBucketError, match=r"^other$"):
        read_canvas_path(text, CanvasPlace(BUCKET))


@pytest.mark.parametrize(
    "text",
    [
        "", "gs://", f"gs://{BUCKET}", f"gs://{BUCKET}/", f"gs://{BUCKET}/models/x.png",
        f"gs://{BUCKET}//{PATH}", f"gs://{BUCKET}/drawings/corrections/../x.png",
        f"https://example.org/{BUCKET}/{PATH}", f"https://example.org/{PATH}",
        f"ftp://storage.googleapis.com/{BUCKET}/{PATH}", f"file:///{PATH}",
        f"https://firebasestorage.googleapis.com/v0/b/{BUCKET}/o/{PATH}",
        f"https://firebasestorage.googleapis.com/v0/b/{BUCKET}/o/..%2F{QUOTED}",
        f"https://firebasestorage.googleapis.com/v0/b/{BUCKET}/o/{QUOTED.replace('%', '%25')}",
        f"https://[::1/{PATH}", f"gs://{BUCKET}/{'d' * 3000}", f"/{PATH}", f"{PATH}\n",
    ],
)  # fmt: skip
def test_anything_else_names_no_canvas(text: str) -> None:
    assert read_canvas_path(text, CanvasPlace(BUCKET)) is None


@given(
    st.text(max_size=50)
    | st.builds(
        lambda scheme, host, rest: f"{scheme}://{host}/{rest}",
        st.sampled_from(["gs", "http", "https", "data"]),
        st.sampled_from([BUCKET, "storage.googleapis.com", "a.storage.googleapis.com", "["]),
        st.text("./%25dbov0-" + BUCKET, max_size=30),
    )
)
@settings(max_examples=examples(300))
def test_what_is_read_is_always_a_canvas(text: str) -> None:
    try:
        path = read_canvas_path(text, CanvasPlace(BUCKET))
    except OtherBucketError as other:
        assert str(other) != BUCKET  # noqa: PT017
    else:
        assert path is None or CANVAS_PATTERN.fullmatch(path)


OTHER = CanvasPlace(BUCKET, "user_drawings/")


@pytest.mark.parametrize(
    "path", ["user_drawings/a.png", "user_drawings/u1/2026.01.01/a", "user_drawings/u/v/w/a-b.jpg"]
)
def test_in_another_folder_any_plain_name_is_a_canvas(path: str) -> None:
    quoted = path.replace("/", "%2F")
    address = f"https://firebasestorage.googleapis.com/v0/b/{BUCKET}/o/{quoted}?alt=media"
    for text in (path, f"gs://{BUCKET}/{path}", address):
        assert read_canvas_path(text, OTHER) == path


@pytest.mark.parametrize(
    "path",
    [
        "user_drawings/", "user_drawings/../models/x.png", "user_drawings/a/../b.png", PATH,
        "user_drawings/.png", "user_drawings//a.png", "user_drawings/a/", "/user_drawings/a.png",
        "user_drawings/a b.png", "user_drawings/a/b/c/d/e.png", f"user_drawings/{'a' * 133}",
        "user_drawings/a.png\n", "user_drawings_2/a.png", "models/production/v1.0.0/manifest.json",
    ],
)  # fmt: skip
def test_in_another_folder_nothing_else_is_a_canvas(path: str) -> None:
    assert read_canvas_path(path, OTHER) is None


@pytest.mark.parametrize(
    "folder", ["models/", "runs/x/", "datasets/", "a", "/a/", "../", "a//", ""]
)
def test_a_folder_of_redraw_or_of_no_name_is_refused(folder: str) -> None:
    with pytest.raises(ValidationError):
        GameSettings(folder=folder)
