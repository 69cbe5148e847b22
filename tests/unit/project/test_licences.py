"""What the images hold may be given away: each package names a licence that allows it."""

import re

from tests.unit.project._licences import IMAGES, list_licences, read_pins

PERMISSIVE = re.compile(
    r"MIT|BSD|Apache|PSF|Python Software Foundation|ISC|Zlib|0BSD|CC0|MPL|Mozilla|Unlicense"
)
RESTRICTING = re.compile(
    r"\b[AL]?GPL|General Public|Commons Clause|SSPL|BUSL|Non-?Commercial",
    re.IGNORECASE,
)


def test_every_package_of_an_image_has_a_permissive_licence() -> None:
    odd = [
        (name, licence)
        for name, _, licence, _ in list_licences()
        if not PERMISSIVE.search(licence) or RESTRICTING.search(licence)
    ]
    assert odd == []


def test_hardly_any_package_is_left_out() -> None:
    """Only those of other systems are not installed where the tests run."""
    listed = {name for name, _, _, _ in list_licences()}
    pinned = {name for lock in IMAGES.values() for name in read_pins(lock)}
    assert len(pinned - listed) <= len(pinned) // 10, sorted(pinned - listed)
