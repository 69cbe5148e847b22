"""`redraw up`: the processes of the demo, and beat, running until Ctrl-C."""

import secrets
import time
import webbrowser
from pathlib import Path

from pydantic import SecretStr

from pipeline.settings_reading import load_settings
from service.cli.display import console
from service.cli.page_addresses import LINK_MINUTES, find_pages, let_all_play
from service.cli.stack import (
    Addresses,
    choose_redis,
    describe_firebase,
    find_external_emulators,
    running_stack,
)

REDIS_PORT = 6390  # not the usual 6379, where the machine may run a Redis already
CHECK_SECONDS = 1.0


def up(data_dir: Path | None, *, opens: bool = False) -> None:
    """Run everything until Ctrl-C.

    Args:
        data_dir: the folder for everything that is written; by default that of the settings.
        opens: whether to open the page to draw on in a browser.

    Raises:
        RedrawError: a process does not start, or ends.
    """
    settings = load_settings(**({"data_dir": data_dir} if data_dir else {}))
    key = settings.api_key.get_secret_value() if settings.api_key else secrets.token_hex(16)
    addresses = Addresses(
        settings.firestore_port,
        settings.storage_port,
        REDIS_PORT,
        settings.port,
        find_external_emulators(),
    )
    console.print(
        f"starting {describe_firebase(addresses)}, Redis ({choose_redis(settings)}), "
        f"worker, beat and service; logs in {settings.logs_dir}"
    )
    extra = {"REDRAW_API_KEY": key, **let_all_play(settings)}
    with running_stack("up", settings, addresses, extra, beat=True) as stack:
        pages = find_pages(settings.with_changes(api_key=SecretStr(key)), settings.port)
        console.print(f"draw, and see it guess: {pages.play}", soft_wrap=True)
        console.print(f"the dashboard: {pages.dashboard}", soft_wrap=True)
        console.print(
            f"  signed in, for {LINK_MINUTES} minutes from now on: {pages.link}", soft_wrap=True
        )
        console.print(f"  later with the API key: {key}", soft_wrap=True)
        if opens and not webbrowser.open(pages.play):
            console.print("no browser was found here: open one of these addresses yourself")
        console.print(
            f"other redraw commands with the data folder {settings.data_dir} find all this by "
            "themselves; for other programs paste these lines into their terminal:"
        )
        for name, value in {
            **addresses.environment(),
            "REDRAW_DATA_DIR": str(settings.data_dir.absolute()),
        }.items():
            console.print(f"  export {name}={value}", soft_wrap=True)
        console.print("retrain: ", end="")
        console.print(
            f"curl -X POST -H 'X-API-Key: {key}' {pages.dashboard}v1/retrains",
            soft_wrap=True,
        )
        console.print("Ctrl-C stops everything")
        while True:
            stack.check()
            time.sleep(CHECK_SECONDS)
