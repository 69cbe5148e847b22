"""Where the files of backups lie: a pool of contents by their sha256, and a manifest a backup.

```
pool/<first two digits>/<sha256>   bytes of an object, or a part of a list; written once
backups/<id>.json                  the manifest of a backup, written last
unfinished/<id>/begun.json     that a backup is under way
unfinished/<id>/<number>.json      parts that a backup under way has completed
```

Backups in one place share the pool, so what is in it already is not copied again.
"""

import re
import secrets
from datetime import datetime, timedelta

from pipeline.backup_errors import DamagedBackup

POOL = "pool/"
MANIFESTS = "backups/"
UNFINISHED = "unfinished/"
DIGEST = re.compile(r"[0-9a-f]{64}")
UNDER_WAY = timedelta(days=1)
ID = re.compile(r"\d{8}T\d{6}Z-\d{6}-[0-9a-f]{4}")


def new_id(moment: datetime) -> str:
    """Return the id of a new backup; ids sort by the time of their beginning."""
    return f"{moment:%Y%m%dT%H%M%SZ-%f}-{secrets.token_hex(2)}"


def pool_path(sha256: str) -> str:
    """Return where bytes with this digest lie.

    Raises:
        DamagedBackup: it is no digest, which would lead elsewhere.
    """
    if not DIGEST.fullmatch(sha256):
        raise DamagedBackup(f"the list of a backup names {sha256[:80]!r}, which is no digest")
    return f"{POOL}{sha256[:2]}/{sha256}"


def manifest_path(backup_id: str) -> str:
    """Return where the manifest of a backup lies."""
    return f"{MANIFESTS}{backup_id}.json"


def begun_path(backup_id: str) -> str:
    """Return where a backup under way says that it has begun."""
    return f"{UNFINISHED}{backup_id}/begun.json"


def is_stale(unfinished: str, now: datetime) -> bool:
    """Return whether a path below UNFINISHED is of a backup that began more than a day ago.

    Such a one is no longer under way: it was interrupted.
    """
    backup_id = unfinished.removeprefix(UNFINISHED).partition("/")[0]
    return backup_id < f"{now - UNDER_WAY:%Y%m%dT%H%M%SZ}"


def unfinished_path(backup_id: str, number: int) -> str:
    """Return where a backup under way notes a part of its list of objects."""
    return f"{UNFINISHED}{backup_id}/{number:06d}.json"
