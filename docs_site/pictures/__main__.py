"""Write all pictures below docs/pictures/."""

from docs_site.extension import DOCS
from docs_site.pictures.all import PICTURES


def main() -> None:
    """Write them."""
    for name, draw in PICTURES.items():
        (DOCS / "pictures" / f"{name}.svg").write_text(draw())


if __name__ == "__main__":
    main()
