"""The scripts of others that pages load are those of their releases, with their licences."""

import hashlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PLACES = (
    ROOT / "service" / "dashboard" / "assets" / "vendor",
    ROOT / "docs" / "assets" / "vendor",
)
VENDORED = {file.name: file for place in PLACES for file in place.iterdir()}
FILES = {
    # name: the sha256 of the file in the package of npm
    "firebase-app-13.2.0.js": "a67a49aeb0937561e6405f721cf486dc3085e73763716e8233082417be769d40",
    "firebase-auth-13.2.0.js": "f29ff093124d9173c0fce1882d595ebfd4edfb84615fd8d6a55f4579acf3756b",
    "htmx-4.0.1.min.js": "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130",
    "iframe-worker-1.0.4.min.js": (
        "e8e412dbcfea9b7e31b5ffa288d7b6035915e714c542f4176a0cdbe262fc9609"
    ),
    "hx-sse-4.0.1.min.js": "18ef2761356ec1fe0bb6d92612315b37517a7c1e9856b661c5ae81fef239d103",
}
LICENCES = {
    "firebase-LICENSE": "Apache License",
    "htmx-LICENSE": "Zero-Clause BSD",
    "iframe-worker-LICENSE": "Permission is hereby granted, free of charge",
}
CHANGED = {
    "firebase-auth-13.2.0.js": (
        re.compile(rb"\A/\* Changed for Redraw: [^*]+\*/\n"),
        re.compile(rb'from"/assets/[0-9a-f]{12}/vendor/firebase-app-13\.2\.0\.js"'),
        b'from"https://www.gstatic.com/firebasejs/13.2.0/firebase-app.js"',
    )
}
"""The remark about the change, which the licence asks for; what was changed, and what it was."""


def test_there_are_no_others() -> None:
    assert set(VENDORED) == {*FILES, *LICENCES}


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_that_of_the_release(name: str) -> None:
    content = VENDORED[name].read_bytes()
    if name in CHANGED:
        remark, changed, original = CHANGED[name]
        content, remarks = remark.subn(b"", content)
        content, changes = changed.subn(original, content)
        assert (remarks, changes) == (1, 1)
    assert hashlib.sha256(content).hexdigest() == FILES[name]


@pytest.mark.parametrize("name", LICENCES)
def test_a_licence_is_beside_them(name: str) -> None:
    assert LICENCES[name] in VENDORED[name].read_text()


@pytest.mark.parametrize(
    "package", ["htmx 4.0.1", "hx-sse 4.0.1", "firebase 13.2.0", "iframe-worker 1.0.4"]
)
def test_what_a_file_is_for_is_said(package: str) -> None:
    assert package in (ROOT / "docs" / "decisions" / "dependencies.md").read_text()
