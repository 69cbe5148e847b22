"""Look for Google's credentials on this machine, without asking Google whether they are valid."""

import json
import os
from pathlib import Path

from google.auth import default
from google.auth.exceptions import DefaultCredentialsError

VARIABLE = "GOOGLE_APPLICATION_CREDENTIALS"
EMULATORS = ("FIRESTORE_EMULATOR_HOST", "STORAGE_EMULATOR_HOST")
_ADVICE = (
    f"set {VARIABLE} to the file of a service account's key, or run where Google gives a service"
    " account to the machine"
)


def find_credentials_problem() -> str | None:
    """Return what keeps this process from Google's credentials, None if nothing does.

    Emulators need none. The message does not repeat what a file holds.
    """
    if all(os.environ.get(name) for name in EMULATORS):
        return None
    path = os.environ.get(VARIABLE)
    problem = None if path is None else _find_problem_of_file(Path(path))
    if problem is None:
        try:
            default()
        except DefaultCredentialsError as error:
            problem = str(error).partition("\n")[0] if path is None else "it is not usable"
        except ValueError:
            problem = "its key is damaged"
    if problem is None:
        return None
    named = "no Google credentials" if path is None else f"{VARIABLE}: {path}"
    return f"{named} ({problem}): {_ADVICE}"


def _find_problem_of_file(path: Path) -> str | None:
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        return f"it cannot be read: {error.strerror}"
    except ValueError:
        return "it is no JSON"
    return None if isinstance(content, dict) and "type" in content else "it holds no credentials"
