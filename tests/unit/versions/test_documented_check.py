"""The check of a version in docs/integration.md does what it says."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature

from pipeline.bootstrap import in_memory
from pipeline.signing.keys import SigningKey
from pipeline.storage_paths import manifest_path
from tests.unit.versions._publishing import publish_in

KEY, OTHER = SigningKey(bytes(range(32))), SigningKey(bytes(range(1, 33)))
RELEASE = {"version": "v1.0.1", "manifestPath": manifest_path("v1.0.1")}
Load = Callable[..., bytes]


@pytest.fixture(scope="module")
def load_file() -> Load:
    page = (Path(__file__).parents[3] / "docs/integration.md").read_text()
    (code,) = re.findall(r"```python\n(.*?def load_file.*?)```", page, re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    load: Load = names["load_file"]
    return load


@pytest.fixture
def ports() -> Any:
    ports = in_memory()
    publish_in(ports, signer=KEY)
    return ports


def test_it_loads_what_was_published(load_file: Load, ports: Any) -> None:
    data = load_file(RELEASE, "metadata.json", ports.artefacts.read, KEY.public.text)
    assert data == ports.artefacts.objects["models/production/v1.0.1/metadata.json"]


@pytest.mark.parametrize("name", ["metadata.json", "manifest.json", "signature"])
def test_it_refuses_what_was_changed(name: str, load_file: Load, ports: Any) -> None:
    (path,) = [path for path in ports.artefacts.objects if f"/v1.0.1/{name}" in path]
    changed = ports.artefacts.objects[path].replace(b"a", b"b")
    ports.artefacts.objects[path] = changed
    with pytest.raises((ValueError, KeyError, InvalidSignature)):
        load_file(RELEASE, "metadata.json", ports.artefacts.read, KEY.public.text)


def test_it_refuses_another_key_and_another_version(load_file: Load, ports: Any) -> None:
    read = ports.artefacts.read
    with pytest.raises(Exception, match="there is no object"):
        load_file(RELEASE, "metadata.json", read, OTHER.public.text)
    with pytest.raises(ValueError, match="is not what was published"):
        load_file({**RELEASE, "version": "v1.0.9"}, "metadata.json", read, KEY.public.text)
