"""Say which public keys check the signatures of versions."""

from service.access.roles import Public
from service.contract.routers import make_router
from service.http.problems import problem_responses
from service.schemas.keys import KeyList, ListedKey
from service.wiring import Wired

router = make_router(prefix="/v1/keys", tags=["release"])


# Not a plain function: it answers at once, and needs no thread.
@router.get(
    "",
    summary="The public keys",
    response_description="The keys, the one that signs first.",
    responses=problem_responses(),
)
async def list_keys(wiring: Wired, _public: Public) -> KeyList:
    """Return the public keys that this service trusts. This route is public.

    It is for development: a page of `redraw up` checks signatures by it. A game must have its keys
    in its code: an attacker who can change this service's answers could answer with a key too.
    """
    return KeyList(
        keys=[ListedKey(key_id=key.id, public_key=key.text) for key in wiring.ports.trusted]
    )
