"""`python -m service.cli` is `redraw`."""

from service.cli.main import main

main()
