"""Which Hosts are ours: what a request calls us stands in the links it is given, so not every name is believed."""

import re

from aiohttp import web

from web.security import PUBLIC_ORIGIN, Handler

OWN_NAMES: web.AppKey[frozenset[str]] = web.AppKey("own_names", frozenset)
THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
NAMED = re.compile(r"(?:\[(?P<v6>[0-9a-f:.]+)\]|(?P<name>[0-9a-z._-]+))(?::[0-9]{1,5})?", re.IGNORECASE | re.ASCII)


@web.middleware
async def require_own_host(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse (421) who calls us by a name that is not known to be ours; where one is configured, that one is used."""
    if request.app[PUBLIC_ORIGIN] is None and not is_ours(
        said_host(request), own_address(request), request.app[OWN_NAMES]
    ):
        raise web.HTTPMisdirectedRequest
    return await handler(request)


def is_ours(said: str, address: str, names: frozenset[str]) -> bool:
    """Whether `said`, a name with or without a port, is one of `names`, this machine, or the `address` it came to."""
    found = NAMED.fullmatch(said)
    return found is not None and (found["v6"] or found["name"]).lower() in {address, *names, *THIS_MACHINE}


def said_host(request: web.Request) -> str:
    """What the browser calls us; nothing, where aiohttp would ask the name service who we are."""
    return request.host if "Host" in request.headers else ""


def own_address(request: web.Request) -> str:
    """The address of this machine that the browser reached; nothing when it has gone."""
    transport = request.transport
    reached = transport.get_extra_info("sockname") if transport is not None else None
    return str(reached[0]).partition("%")[0] if reached else ""
