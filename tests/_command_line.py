"""`redraw` called in this process, as its command line calls it."""

import sys

import pytest

from service.cli.main import main


def call_redraw(*arguments: object) -> int:
    """Call `redraw` and return its exit code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["redraw", *map(str, arguments)])
        try:
            main()
        except SystemExit as ended:
            return int(ended.code or 0)
    return 0
