"""The keys that sign what is published, and those whose signatures count, as the settings say."""

from typing import TYPE_CHECKING

from pydantic import SecretStr

from pipeline.errors import InvalidSettings
from pipeline.signing.keys import PublicKey, SigningKey, read_public_key, read_signing_key


class SigningKeys:
    """The keys that follow from `signing_key` and `trusted_keys`."""

    if TYPE_CHECKING:  # or the settings would list these first
        signing_key: SecretStr | None
        trusted_keys: tuple[str, ...]

    @property
    def signer(self) -> SigningKey | None:
        """The key that signs what is published; None: nothing is signed."""
        key = self.signing_key
        return None if key is None else read_signing_key(key.get_secret_value())

    @property
    def trusted(self) -> tuple[PublicKey, ...]:
        """The keys whose signatures count: the signer's own first; none: nothing is required."""
        own = () if self.signer is None else (self.signer.public,)
        return tuple(dict.fromkeys([*own, *map(read_public_key, self.trusted_keys)]))

    def require_signer(self) -> SigningKey | None:
        """Return the key that signs what is published; None where no signature is required.

        Raises:
            InvalidSettings: signatures are required, and this process has no key.
        """
        if self.signer is None and self.trusted_keys:
            raise InvalidSettings(
                "REDRAW_TRUSTED_KEYS requires signed versions, and this process has no key to sign"
                " with: set REDRAW_SIGNING_KEY for the processes that publish"
            )
        return self.signer
