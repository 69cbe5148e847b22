"""`python -m service.cli` is `redraw`."""

from service.cli.main import run

run()
