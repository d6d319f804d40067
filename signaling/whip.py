"""WHIP (RFC 9725): a device posts an offer with its token, and streams until it says that it is over."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from aiohttp import hdrs, web

from accounts.tokens import new_token
from accounts.tries import Tries, source_of
from devices.device import Device, DeviceId
from devices.live import LiveDevices
from devices.live_device import DiskFull, NotRecorded
from devices.register import Register
from signaling.relays import Relays
from signaling.sdp_http import (
    RETRY_LATER_S,
    SDP,
    Refused,
    accepts,
    created,
    credentials_in,
    is_same,
    new_entity_tag,
    offer_in,
    only,
    problem,
    refusal_of,
    relay_links,
    trickled,
)

log = logging.getLogger(__name__)

ENDPOINT = "/whip"
WITHIN = timedelta(minutes=1)
WRONG_TOKENS = 20  # a minute from one address
REQUESTS = 60  # a minute of one device: it trickles some, and may dial in again every few seconds
OFFERS = 10

# Any page may ask: what lets a device in is a token that no browser adds by itself.
FOR_ANY_PAGE = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Location, ETag, Link, Accept-Patch, Retry-After",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
PREFLIGHT = {
    "Access-Control-Allow-Methods": "POST, PATCH, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match",
    "Access-Control-Max-Age": "600",
}


@dataclass(frozen=True, slots=True)
class Session:
    """What a device was given for its offer; the newest of each device counts."""

    name: str  # what its address ends in
    connection: int
    entity_tag: str
    credentials: tuple[str, str]  # ICE, as the device offered them


class Whip:
    """All devices that publish."""

    def __init__(
        self,
        register: Register,
        live: LiveDevices,
        *,
        now: Callable[[], datetime],
        address: Callable[[web.Request], str],
        relays: Relays | None = None,
    ) -> None:
        """`address` says from where a request comes, through proxies that are trusted."""
        self._register = register
        self._live = live
        self._now = now
        self._address = address
        self._relays = relays
        self._sessions: dict[DeviceId, Session] = {}
        self._wrong = Tries(WRONG_TOKENS, WITHIN)
        self._asked = Tries(REQUESTS, WITHIN)
        self._offered = Tries(OFFERS, WITHIN)
        self._closing = False

    def routes(self) -> tuple[web.RouteDef, ...]:
        return (
            web.route("*", ENDPOINT, self.endpoint),
            web.route("*", ENDPOINT + "/sessions/{session}", self.session),
        )

    def close(self) -> None:
        """Nobody is let in any more."""
        self._closing = True

    async def endpoint(self, request: web.Request) -> web.StreamResponse:
        """POST an offer."""
        return await self._answer(request, self._publish, "POST")

    async def session(self, request: web.Request) -> web.StreamResponse:
        """PATCH candidates, DELETE the session."""
        return await self._answer(request, self._of_session, "PATCH", "DELETE")

    async def _answer(
        self, request: web.Request, handler: Callable[[web.Request, Device], Awaitable[web.Response]], *methods: str
    ) -> web.Response:
        try:
            only(request, *methods, hdrs.METH_OPTIONS)
            if request.method == hdrs.METH_OPTIONS:  # asked without a token (RFC 9725 §4.2): it tells nothing
                return web.Response(headers={**FOR_ANY_PAGE, **PREFLIGHT, **accepts(SDP), "Allow": ", ".join(methods)})
            device = await self._let_in(request)
            response = await handler(request, device)
        except Refused as refused:
            response = problem(refused)
        response.headers.update(FOR_ANY_PAGE)
        return response

    async def _let_in(self, request: web.Request) -> Device:
        """The device whose token this is; Refused."""
        at, address = self._now(), source_of(self._address(request))
        if not _token_in(request):
            raise _unauthorized('Bearer realm="fairwatch"', "a device's token is needed")
        # Beyond the limit guesses cost us nothing. No try is held while a token is looked up: sixty cameras behind one
        # address may dial in at the same moment.
        if wait_s := self._wrong.take(address, at):
            raise _too_many(wait_s)
        self._wrong.give_back(address, at)
        try:
            device = await self._holder_of(request)
        except Refused:
            self._wrong.take(address, at)
            raise
        if wait_s := self._asked.take(device.id, at):
            raise _too_many(wait_s)
        return device

    async def _holder_of(self, request: web.Request) -> Device:
        device = await self._register.holder(_token_in(request))
        if device is None:
            raise _unauthorized('Bearer realm="fairwatch", error="invalid_token"', "this token lets nobody in")
        return device

    async def _publish(self, request: web.Request, device: Device) -> web.Response:
        offer = await offer_in(request)
        at = self._now()
        if self._closing:
            retry = {"Retry-After": str(RETRY_LATER_S)}
            raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, "the server is stopping", retry)
        if wait_s := self._offered.take(device.id, at):
            raise _too_many(wait_s)
        await self._holder_of(request)  # an offer may be a minute on its way, and the token be renewed meanwhile
        try:
            connection, answer = await self._live.publish(device.id, offer)
        except NotRecorded:
            retry = {"Retry-After": str(RETRY_LATER_S)}
            raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, "it cannot be recorded now", retry) from None
        except DiskFull:
            log.warning("device %s was not let in: the disk has too little room for recordings", device.id)
            retry = {"Retry-After": str(RETRY_LATER_S)}
            raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, "there is no room for recordings", retry) from None
        except Exception as error:
            raise refusal_of(error) from error
        try:
            await self._holder_of(request)
        except Refused:  # whoever renewed or revoked it has hung up what streamed then, and this came just behind
            await self._live.end(device.id, connection)
            raise
        session = Session(new_token(), connection, new_entity_tag(), credentials_in(offer))
        self._sessions[device.id] = session
        links = relay_links(self._relays, f"device-{device.id}", at)
        return created(answer, f"{ENDPOINT}/sessions/{session.name}", session.entity_tag, links)

    async def _of_session(self, request: web.Request, device: Device) -> web.Response:
        session = self._sessions.get(device.id)
        if session is None or not is_same(session.name, request.match_info["session"]):
            raise Refused(HTTPStatus.NOT_FOUND, "there is no such session; it may be over, or was taken over")
        if not self._live.carries(device.id, session.connection):
            del self._sessions[device.id]
            raise Refused(HTTPStatus.NOT_FOUND, "this session is over")
        if request.method == hdrs.METH_PATCH:
            return await trickled(request, session.entity_tag, session.credentials)
        del self._sessions[device.id]
        await self._live.end(device.id, session.connection)
        return web.Response(status=HTTPStatus.OK)


def _token_in(request: web.Request) -> str:
    """The token that a request carries, or nothing."""
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _unauthorized(challenge: str, detail: str) -> Refused:
    return Refused(HTTPStatus.UNAUTHORIZED, detail, {"WWW-Authenticate": challenge})


def _too_many(wait_s: int) -> Refused:
    return Refused(HTTPStatus.TOO_MANY_REQUESTS, "too many requests", {"Retry-After": str(wait_s)})
