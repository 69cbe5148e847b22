"""`redraw up`: the processes of the demo, and beat, running until Ctrl-C."""

import secrets
import time
from pathlib import Path

from pipeline.settings_reading import load_settings
from service.cli.display import console
from service.cli.stack import (
    Addresses,
    choose_redis,
    describe_firebase,
    find_external_emulators,
    page_address,
    running_stack,
)

REDIS_PORT = 6390  # not the usual 6379, where the machine may run a Redis already
CHECK_SECONDS = 1.0


def up(data_dir: Path | None) -> None:
    """Run everything until Ctrl-C.

    Args:
        data_dir: the folder for everything that is written; by default that of the settings.

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
    with running_stack("up", settings, addresses, {"REDRAW_API_KEY": key}, beat=True) as stack:
        console.print(f"the service answers on http://{settings.host}:{settings.port}")
        console.print(f"draw there and see it guess: {page_address(settings.port)}")
        console.print(f"API key: {key}", soft_wrap=True)
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
            f"curl -X POST -H 'X-API-Key: {key}' http://{settings.host}:{settings.port}/v1/retrains",
            soft_wrap=True,
        )
        console.print("Ctrl-C stops everything")
        while True:
            stack.check()
            time.sleep(CHECK_SECONDS)
