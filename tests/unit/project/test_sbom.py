"""The list of what an image holds is read from its parts and is valid."""

from pathlib import Path

import pytest

from deploy import sbom

STATUS = """Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.36-9+deb12u13
Description: GNU C Library
 It holds Package: nothing
 .

Package: removed
Status: deinstall ok config-files
Architecture: amd64
Version: 1
"""


def make_package(folder: Path, name: str, version: str) -> None:
    described = folder / f"{name}-{version}.dist-info"
    described.mkdir(parents=True)
    metadata = f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\nLicense-Expression: MIT\n"
    (described / "METADATA").write_text(metadata)


def test_installed_packages_of_debian_are_listed_and_removed_ones_are_not() -> None:
    (found,) = sbom.read_debian(STATUS)
    assert (found["name"], found["version"]) == ("libc6", "2.36-9+deb12u13")
    assert found["purl"] == "pkg:deb/debian/libc6@2.36-9+deb12u13?arch=amd64"


@pytest.mark.slow
def test_the_list_of_an_image_names_packages_of_both_kinds_with_licences(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder stands for the image, and a script for the engine that copies out of it."""
    image = tmp_path / "image"
    make_package(image / "venv/lib/python3.11/site-packages", "drawing", "1.2")
    make_package(image / "training", "teaching", "3")
    (image / "var/lib/dpkg").mkdir(parents=True)
    (image / "var/lib/dpkg/status").write_text(STATUS)
    engine = tmp_path / "engine"
    engine.write_text(
        '#!/bin/sh\ncase $1 in create) echo made;; cp) cp -r "$IMAGE/${2#made:}" "$3";; esac\n'
    )
    engine.chmod(0o755)
    monkeypatch.setenv("IMAGE", str(image))

    document = sbom.list_contents(str(engine), "redraw:1")

    parts = {each["name"]: each for each in document["components"]}
    assert {"drawing", "teaching", "libc6"} <= set(parts)
    assert parts["drawing"]["licenses"][0]["license"]["id"] == "MIT"
    assert document["metadata"]["component"]["name"] == "redraw:1"
