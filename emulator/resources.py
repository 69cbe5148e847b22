"""The JSON documents with which Cloud Storage describes objects, buckets, pages and errors."""

import re
from urllib.parse import quote

from starlette.responses import JSONResponse, Response

from emulator.objects import Objects, StorageError, StoredObject, unsupported

_MAX_PAGE = 1000


def describe_object(stored: StoredObject, base: str) -> dict[str, object]:
    """Describe an object as the JSON API does. `base` is the address of the server."""
    bucket_name, name = quote(stored.bucket, safe=""), quote(stored.name, safe="")
    download = f"{base}download/storage/v1/b/{bucket_name}/o/{name}"
    return {
        "kind": "storage#object",
        "id": f"{stored.bucket}/{stored.name}/{stored.generation}",
        "selfLink": f"{base}storage/v1/b/{bucket_name}/o/{name}",
        "mediaLink": f"{download}?generation={stored.generation}&alt=media",
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


def describe_bucket(name: str) -> dict[str, object]:
    """Describe a bucket as the JSON API does."""
    fixed = {"metageneration": "1", "location": "US", "storageClass": "STANDARD", "etag": "CAE="}
    return {"kind": "storage#bucket", "id": name, "name": name, **fixed}


def select_fields(answer: dict[str, object], fields: str | None) -> dict[str, object]:
    """Return only the named fields of an answer, separated by commas; None keeps all."""
    if fields is None:
        return answer
    if re.search(r"[^\w,]", fields):
        raise unsupported(f"nested fields={fields}")
    return {name: value for name, value in answer.items() if name in fields.split(",")}


def list_page(
    objects: Objects, bucket_name: str, parameters: dict[str, str], base: str
) -> dict[str, object]:
    """List a page of objects. The token of a page is the name that it begins with."""
    try:
        size = min(int(parameters.get("maxResults") or _MAX_PAGE), _MAX_PAGE)
    except ValueError:
        raise StorageError(400, "Invalid value for: maxResults") from None
    answer: dict[str, object] = {"kind": "storage#objects"}
    items: list[object] = []
    prefix, start = parameters.get("prefix", ""), parameters.get("pageToken", "")
    for stored in objects.list(bucket_name, prefix, start):
        if len(items) == size:
            answer["nextPageToken"] = stored.name
            break
        items.append(describe_object(stored, base))
    return {**answer, "items": items} if items else answer


def error_response(status: int, message: str) -> Response:
    """Return the response for an error, in the format of Google's APIs."""
    return JSONResponse(
        {"error": {"code": status, "message": message, "errors": [{"message": message}]}}, status
    )
