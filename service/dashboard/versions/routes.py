"""The routes of versions, comparisons, releases and trials."""

from service.dashboard.frame.route import make_pages
from service.dashboard.versions import (
    comparing,
    drawings,
    listing,
    moving,
    releases,
    trials,
    version_page,
)

router = make_pages()
# "/versions/compare" comes before "/versions/{version}", which would take it for a version.
for _part in (listing, comparing, drawings, version_page, moving, releases, trials):
    router.routes.extend(_part.router.routes)
