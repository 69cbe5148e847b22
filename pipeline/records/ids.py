"""Which texts can be the id of a document in Firestore."""

import re

MAX_ID_BYTES = 1500
_ID = re.compile(r"(?!\.{1,2}$|__.*__$)[^/\ud800-\udfff]+", re.DOTALL)


def is_valid_id(text: str) -> bool:
    """Return whether a document can have this id. Firestore refuses a request with any other id.

    The rules: https://firebase.google.com/docs/firestore/quotas#collections_documents_and_fields.
    """
    return _ID.fullmatch(text) is not None and len(text.encode()) <= MAX_ID_BYTES
