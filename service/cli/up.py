"""`redraw up`: the demo's set of processes, with beat, kept running for a person to use."""

import secrets
import time
from pathlib import Path

from pipeline.settings import load_settings
from service.cli.display import console
from service.cli.stack import Addresses, firebase_kind, given_emulators, redis_kind, running_stack

REDIS_PORT = 6390  # beside a Redis that the machine may run already
LOOK_SECONDS = 1.0


def up(data_dir: Path | None) -> None:
    """Runs everything until Ctrl-C. Raises RedrawError when a part does not start, or stops."""
    settings = load_settings(**({"data_dir": data_dir} if data_dir else {}))
    key = settings.api_key.get_secret_value() if settings.api_key else secrets.token_hex(16)
    addresses = Addresses(
        settings.firestore_port, settings.storage_port, REDIS_PORT, settings.port, given_emulators()
    )
    console.print(
        f"starting {firebase_kind(addresses)}, Redis ({redis_kind(settings)}), worker, beat and service; "
        f"logs in {settings.logs_dir}"
    )
    with running_stack(settings, addresses, {"REDRAW_API_KEY": key}, beat=True) as stack:
        console.print(f"the service answers on http://{settings.host}:{settings.port}")
        console.print(f"API key: {key}", soft_wrap=True)
        console.print("in another terminal, for the other redraw commands and Google's clients:")
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
            time.sleep(LOOK_SECONDS)
