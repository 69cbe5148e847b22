"""Where to go after the sign-in."""


def choose_way(path: str) -> str:
    r"""Return the path if it is one of this service, else the first page.

    Browsers take `//host` and `/\\host` for addresses of another host, and drop tabs and ends of
    lines before they look.
    """
    own = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if own and path.isprintable() else "/"
