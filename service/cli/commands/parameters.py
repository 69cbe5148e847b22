"""Parameter types of several commands, and the project that they work on."""

from pathlib import Path
from typing import Any

import click

FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)
PORT = click.IntRange(0, 65535)


def connect_project() -> tuple[Any, Any]:
    """Return the settings, and the ports of the project that they name.

    If `redraw up` or `redraw demo` runs over the same data folder, that is the project, unless the
    environment names another.
    """
    from pipeline.bootstrap import connect
    from service.cli.running import load_settings_beside_running

    settings = load_settings_beside_running()
    return settings, connect(settings)
