"""Every path in Storage."""


def version_folder(version: str) -> str:
    """The folder of a version in Storage."""
    return f"models/production/{version}"


def model_path(version: str) -> str:
    """The Keras file of a version in Storage."""
    return f"{version_folder(version)}/quickdraw_{version}.h5"


def manifest_path(version: str) -> str:
    """The manifest of a version in Storage: it names every other file, and is written last."""
    return f"{version_folder(version)}/manifest.json"
