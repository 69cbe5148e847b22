"""The manifests of deploy/kubernetes: as the files have them, and as kubectl builds them."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "deploy/kubernetes"
COMPONENTS = {
    "keda": ("keda", "key-file", "rebaseline"),
    "external-redis": ("external-redis", "ingress"),
}
"""Variants of the base with components, so that each component is built."""
BUILT = ("emulators", "production", *COMPONENTS)
VARIANTS = ("files", *BUILT)
CONFIG, SECRETS = "redraw-config", "redraw-secrets"

Object = dict[str, Any]


class Pod(NamedTuple):
    """The pods that one object makes."""

    owner: Object
    labels: dict[str, str]
    spec: Object

    @property
    def name(self) -> str:
        return str(self.owner["metadata"]["name"])

    @property
    def containers(self) -> list[Object]:
        return [*self.spec.get("initContainers", []), *self.spec["containers"]]

    def selected_by(self, selector: Object) -> bool:
        """Whether a selector of labels, or of expressions with In, selects these pods."""
        return selector.get("matchLabels", {}).items() <= self.labels.items() and all(
            self.labels.get(each["key"]) in each["values"]
            for each in selector.get("matchExpressions", [])
        )


@cache
def read_objects(variant: str) -> tuple[Object, ...]:
    """The objects of an overlay, of the base with components, or of all files."""
    if variant == "files":
        files = sorted(FOLDER.rglob("*.yaml"))
        return tuple(
            each
            for file in files
            if file.name != "kustomization.yaml"
            for each in _load(file.read_text())
        )
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed")
    if variant not in COMPONENTS:
        return _build(FOLDER / "overlays" / variant)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        reach = os.path.relpath(FOLDER, folder)  # kustomize takes no absolute paths
        parts = [f"{reach}/components/{each}" for each in COMPONENTS[variant]]
        content = {"resources": [f"{reach}/base"], "components": parts}
        (folder / "kustomization.yaml").write_text(yaml.safe_dump(content))
        return _build(folder)


def _build(folder: Path) -> tuple[Object, ...]:
    done = subprocess.run(
        ["kubectl", "kustomize", str(folder)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return tuple(_load(done.stdout))


def _load(text: str) -> Iterator[Object]:
    # The loader in C, which is many times faster, is as safe.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load_all(text, loader)  # type: ignore[no-any-return]


def list_pods(variant: str) -> list[Pod]:
    return list(_find_pods(read_objects(variant)))


def _find_pods(objects: tuple[Object, ...]) -> Iterator[Pod]:
    for each in objects:
        if (template := each.get("spec", {}).get("template")) is not None:
            yield Pod(each, template["metadata"]["labels"], template["spec"])


def of_kind(variant: str, kind: str) -> list[Object]:
    return [each for each in read_objects(variant) if each["kind"] == kind]
