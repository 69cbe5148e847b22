"""The images: a base from a registry or made of Debian, Redis likewise, and the two of Redraw."""

import shutil
from pathlib import Path

from deploy.containers.engine import Engine, Failed, find_certificates

PYTHON = "docker.io/library/python:3.11-slim-bookworm"
REDIS = "docker.io/library/redis:7.2-alpine"
RUN, BASELINE = "localhost/redraw:latest", "localhost/redraw-baseline:latest"
PULL_SECONDS = 300.0
SUITE = "bookworm"
PACKAGES = "python3,python3-venv,ca-certificates"
REDIS_FILE = f"""FROM {PYTHON}
RUN apt-get update -qq && apt-get install -qq --yes --no-install-recommends redis-server \\
    && rm -rf /var/lib/apt/lists/* && install --directory --owner redis --group redis /data
VOLUME /data
"""


def get_bases(engine: Engine) -> str:
    """Get the base images from a registry, or make them, and return how."""
    ways = set()
    for name, make in ((PYTHON, _make_python), (REDIS, _make_redis)):
        if engine.has_image(name):
            ways.add("kept")
        elif _pull(engine, name):
            ways.add("pulled")
        else:
            make(engine)
            ways.add("made of Debian's packages")
    return ", ".join(sorted(ways))


def build(engine: Engine, target: str, name: str, context: Path) -> None:
    """Build one target of the Dockerfile; layers that are there are used again."""
    engine.run(
        *("buildah", "bud", "--isolation", "chroot", "--layers", "--pull-never"),
        *_trust(engine),
        *("--build-arg", f"PYTHON_IMAGE={PYTHON}", "--target", target, "--tag", name),
        str(context),
        seconds=1800,
    )


def _trust(engine: Engine) -> list[str]:
    """Return the options that show the build this machine's authorities, as pip needs them.

    They are mounted while a step runs, and are in no image.
    """
    options = []
    for file in find_certificates():
        settings = engine.folder / "pip.conf"
        settings.write_text(f"[global]\ncert = {file}\n")
        options += ["--volume", f"{file}:{file}:ro", "--volume", f"{settings}:/etc/pip.conf:ro"]
    return options


def _pull(engine: Engine, name: str) -> bool:
    try:
        pulled = engine.run("podman", "pull", "--quiet", name, check=False, seconds=PULL_SECONDS)
    except Failed:
        return False
    return pulled.returncode == 0


def _make_python(engine: Engine) -> None:
    """Make what stands for Python's image: Debian with its own Python, as small as can be."""
    if shutil.which("debootstrap") is None:
        raise Failed("no registry answers: install debootstrap, which makes a base image instead")
    root = engine.folder / "debian"
    shutil.rmtree(root, ignore_errors=True)
    engine.run("debootstrap", "--variant=minbase", f"--include={PACKAGES}", SUITE, str(root))
    for place in (
        "var/lib/apt/lists",
        "var/cache/apt/archives",
        "usr/share/doc",
        "usr/share/locale",
    ):
        shutil.rmtree(root / place, ignore_errors=True)
        (root / place).mkdir()
    (root / "usr/bin/python").symlink_to("python3")
    archive = engine.folder / "debian.tar"
    engine.run("tar", "--create", "--file", str(archive), "--directory", str(root), ".")
    engine.podman("import", "--quiet", str(archive), PYTHON)
    archive.unlink()
    shutil.rmtree(root)


def _make_redis(engine: Engine) -> None:
    """Make what stands for the image of Redis: the base, with Debian's Redis."""
    folder = engine.folder / "redis"
    folder.mkdir(exist_ok=True)
    (folder / "Containerfile").write_text(REDIS_FILE)
    engine.run(
        *("buildah", "bud", "--isolation", "chroot", "--pull-never", "--tag", REDIS, str(folder))
    )
