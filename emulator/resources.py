"""The JSON resources of the Storage API: turns what the store knows into what Cloud Storage says about it."""

import re
from urllib.parse import quote

from starlette.responses import JSONResponse, Response

from emulator.objects import Objects, StorageError, StoredObject, unsupported

_MAX_PAGE = 1000


def resource(stored: StoredObject, base: str) -> dict[str, object]:
    """An object, as the JSON API describes it. `base` is the address of the server."""
    bucket_name, name = quote(stored.bucket, safe=""), quote(stored.name, safe="")
    return {
        "kind": "storage#object",
        "id": f"{stored.bucket}/{stored.name}/{stored.generation}",
        "selfLink": f"{base}storage/v1/b/{bucket_name}/o/{name}",
        "mediaLink": f"{base}download/storage/v1/b/{bucket_name}/o/{name}?generation={stored.generation}&alt=media",
        "name": stored.name,
        "bucket": stored.bucket,
        "generation": str(stored.generation),
        "metageneration": str(stored.metageneration),
        "contentType": "application/octet-stream",
        "storageClass": "STANDARD",
        "size": str(stored.size),
        "md5Hash": stored.md5,
        "crc32c": stored.crc32c,
        "etag": stored.etag,
        "timeCreated": stored.created,
        "updated": stored.updated,
        "timeStorageClassUpdated": stored.created,
        **stored.settable,
    }


def bucket(name: str) -> dict[str, object]:
    """A bucket, as the JSON API describes it."""
    fixed = {"metageneration": "1", "location": "US", "storageClass": "STANDARD", "etag": "CAE="}
    return {"kind": "storage#bucket", "id": name, "name": name, **fixed}


def partial(answer: dict[str, object], fields: str | None) -> dict[str, object]:
    """The named fields of an answer; all of it when none are named."""
    if fields is None:
        return answer
    if re.search(r"[^\w,]", fields):
        raise unsupported(f"nested fields={fields}")
    return {name: value for name, value in answer.items() if name in fields.split(",")}


def list_page(
    objects: Objects, bucket_name: str, given: dict[str, str], base: str
) -> dict[str, object]:
    """A page of objects. The token of a page is the name it begins with."""
    try:
        size = min(int(given.get("maxResults") or _MAX_PAGE), _MAX_PAGE)
    except ValueError:
        raise StorageError(400, "Invalid value for: maxResults") from None
    answer: dict[str, object] = {"kind": "storage#objects"}
    items: list[object] = []
    for stored in objects.list(bucket_name, given.get("prefix", ""), given.get("pageToken", "")):
        if len(items) == size:
            answer["nextPageToken"] = stored.name
            break
        items.append(resource(stored, base))
    return {**answer, "items": items} if items else answer


def error_response(status: int, message: str) -> Response:
    """An error, as Google's APIs spell it."""
    return JSONResponse(
        {"error": {"code": status, "message": message, "errors": [{"message": message}]}}, status
    )
