"""Bodies about the keys that check signatures."""

from pydantic import Field

from service.schemas.base import Body


class ListedKey(Body):
    """A public key that checks signatures of manifests, by Ed25519."""

    key_id: str = Field(
        description="The first 16 hex digits of the sha256 of the key's 32 bytes.",
        examples=["56475aa75463474c"],
    )
    public_key: str = Field(description="Its 32 raw bytes in base64.")


class KeyList(Body):
    """The public keys that a service trusts; none: versions need no signature."""

    keys: list[ListedKey]
