"""Keys sign manifests; a signature that is damaged, of another key or another manifest is named."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from pipeline.canonical_json import dump_json
from pipeline.errors import RedrawError
from pipeline.signing.keys import (
    PublicKey,
    SigningKey,
    make_key,
    read_public_key,
    read_signing_key,
    write_new_key,
)
from pipeline.storage_paths import SIGNATURE_NAME
from pipeline.versions.signatures import find_fault, sign_manifest

# RFC 8032, section 7.1, test 2.
SECRET = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
PUBLIC = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
SIGNED_72 = (
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)
KEY = SigningKey(bytes.fromhex(SECRET))
MANIFEST = b'{"version": "v1.0.0"}'


def test_keys_and_signatures_are_those_of_the_standard() -> None:
    assert KEY.public.raw.hex() == PUBLIC
    assert KEY.sign(b"\x72").hex() == SIGNED_72


def test_a_signature_file_is_named_for_its_key_and_written_the_same_each_time() -> None:
    name, data = sign_manifest(MANIFEST, KEY)
    assert name == f"signature-{KEY.public.id}.json"
    assert SIGNATURE_NAME.fullmatch(name)
    assert (name, data) == sign_manifest(MANIFEST, KEY)
    assert find_fault(data, MANIFEST, KEY.public.id, KEY.public) is None


def test_another_manifest_is_not_signed() -> None:
    _, data = sign_manifest(MANIFEST, KEY)
    said = find_fault(data, MANIFEST + b" ", KEY.public.id, KEY.public)
    assert said == "is about another manifest"


def test_the_signature_of_another_key_under_this_name_is_refused() -> None:
    other = make_key()
    _, data = sign_manifest(MANIFEST, other)
    renamed = dump_json({**json.loads(data), "keyId": KEY.public.id})
    said = find_fault(renamed, MANIFEST, KEY.public.id, KEY.public)
    assert said == f"is not a signature of this manifest by the key {KEY.public.id}"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": 2}, "is about another format"),
        ({"algorithm": "none"}, "is about another algorithm"),
        ({"keyId": "0" * 16}, "is about another key"),
        ({"signature": "AA=="}, "is not a signature"),
        ({"signature": "no"}, "is no signature file"),
        ({"signature": 3}, "is no signature file"),
        ({"more": 1}, None),
    ],
)
def test_a_field_that_is_wrong_is_named(change: dict[str, Any], said: str | None) -> None:
    _, data = sign_manifest(MANIFEST, KEY)
    fault = find_fault(
        dump_json({**json.loads(data), **change}), MANIFEST, KEY.public.id, KEY.public
    )
    assert fault == said if said is None else said in str(fault)


def test_every_flipped_byte_of_a_signature_is_named() -> None:
    _, data = sign_manifest(MANIFEST, KEY)
    for place in range(len(data)):
        flipped = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        assert find_fault(flipped, MANIFEST, KEY.public.id, KEY.public), place


@pytest.mark.parametrize("as_file", [False, True])
def test_a_setting_is_the_key_or_the_path_of_its_file(as_file: bool, tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(f"{KEY.text}\n")
    assert read_signing_key(str(path) if as_file else KEY.text) == KEY


@pytest.mark.parametrize(
    "value", ["", "no-such-file", KEY.text[:-2] + "=", KEY.text[:-2] + "B=", "x" * 5000]
)
def test_what_is_no_key_is_refused_without_repeating_it(value: str) -> None:
    with pytest.raises(ValueError, match=r"redraw keys new|base64") as raised:
        read_signing_key(value)
    assert not value or value not in str(raised.value)


def test_a_file_without_a_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match="cannot be read as text"):
        read_signing_key(str(path))
    path.write_text("secret words")
    with pytest.raises(ValueError, match="holds no key") as raised:
        read_signing_key(str(path))
    assert "secret" not in str(raised.value)


def test_a_public_key_has_one_spelling() -> None:
    assert read_public_key(KEY.public.text) == KEY.public
    with pytest.raises(ValueError, match="no public key"):
        read_public_key("abc")


def test_a_new_key_is_for_its_owner_alone_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "signing.key"
    key = write_new_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_signing_key(str(path)) == key
    with pytest.raises(RedrawError, match="exists already"):
        write_new_key(path)
    assert read_signing_key(str(path)) == key


def test_no_representation_shows_the_private_key() -> None:
    assert KEY.text not in repr(KEY)
    assert str(KEY.raw) not in repr(KEY)
    assert PublicKey(KEY.public.raw) == KEY.public
