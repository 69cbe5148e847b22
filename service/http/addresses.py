"""Name the address of a caller."""

from ipaddress import IPv6Address

from starlette.types import Scope

LONGEST = 64
"""Characters of an address; a proxy may pass on any text."""


def name_address(scope: Scope) -> str:
    """Return the address of a request; of IPv6 the first 64 bits, which one household has.

    Behind a proxy it is what the proxy says, if it is one of REDRAW_LIMIT_PROXIES: the server has
    put it into the scope.
    """
    host = str((scope.get("client") or ("",))[0])[:LONGEST]
    if ":" not in host:
        return host
    try:
        address = IPv6Address(host)
    except ValueError:
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return f"{address.packed[:8].hex()}/64"
