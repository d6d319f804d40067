"""WHEP (draft-ietf-wish-whep, experimental): staff offer, and see a device for as long as it streams."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from aiohttp import hdrs, web

from accounts.actor import Actor, PersonId
from accounts.audit import Audit
from accounts.powers import NotYours
from accounts.tokens import new_token
from accounts.tries import Tries
from devices.device import DeviceId
from devices.live import LiveDevices
from devices.live_device import TooManyViewers
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

ENDPOINT = "/whep/{device}"
WITHIN = timedelta(minutes=1)
OFFERS = 30  # a minute of one person: a wall of eight devices, and some tries

StaffLater = Callable[[], Awaitable[Actor | None]]


@dataclass(frozen=True, slots=True)
class Viewing:
    """One person's look at one device."""

    device: DeviceId
    person: PersonId
    entity_tag: str
    credentials: tuple[str, str]
    staff: StaffLater


class Whep:
    """All who watch."""

    def __init__(
        self,
        register: Register,
        live: LiveDevices,
        audit: Audit,
        *,
        staff: Callable[[web.Request], Awaitable[Actor | None]],
        staff_later: Callable[[web.Request], StaffLater],
        now: Callable[[], datetime],
        relays: Relays | None = None,
    ) -> None:
        """`staff` says whose session a request carries, `staff_later` gives what says so once it is over."""
        self._register = register
        self._live = live
        self._audit = audit
        self._staff = staff
        self._staff_later = staff_later
        self._now = now
        self._relays = relays
        self._viewings: dict[str, Viewing] = {}
        self._offered = Tries(OFFERS, WITHIN)

    def routes(self) -> tuple[web.RouteDef, ...]:
        return (
            web.route("*", ENDPOINT, self.endpoint),
            web.route("*", ENDPOINT + "/sessions/{session}", self.session),
        )

    async def endpoint(self, request: web.Request) -> web.StreamResponse:
        """POST an offer."""
        return await self._answer(request, self._watch, "POST")

    async def session(self, request: web.Request) -> web.StreamResponse:
        """PATCH candidates, DELETE the session."""
        return await self._answer(request, self._of_session, "PATCH", "DELETE")

    async def look_again(self) -> None:
        """Every few seconds: whoever has signed out, or whose post opens this device no more, watches no more."""
        for name, viewing in list(self._viewings.items()):
            if not self._live.watches(viewing.device, name):
                self._viewings.pop(name, None)
            elif not await self._may_still(viewing):
                self._viewings.pop(name, None)
                await self._live.leave(viewing.device, name)

    async def _may_still(self, viewing: Viewing) -> bool:
        actor = await viewing.staff()
        if actor is None:
            return False
        try:
            await self._register.watched(actor, viewing.device, self._now())
        except NotYours:
            return False
        return True

    async def _answer(
        self, request: web.Request, handler: Callable[[web.Request, Actor], Awaitable[web.Response]], *methods: str
    ) -> web.Response:
        try:
            only(request, *methods, hdrs.METH_OPTIONS)
            if request.method == hdrs.METH_OPTIONS:
                return web.Response(headers={**accepts(SDP), hdrs.ALLOW: ", ".join(methods)})
            actor = await self._staff(request)
            if actor is None:
                raise Refused(HTTPStatus.UNAUTHORIZED, "nobody is signed in here")
            return await handler(request, actor)
        except Refused as refused:
            return problem(refused)
        except NotYours:
            return problem(Refused(HTTPStatus.NOT_FOUND, "there is no such device"))

    async def _watch(self, request: web.Request, actor: Actor) -> web.Response:
        at = self._now()
        device = await self._register.watched(actor, DeviceId(request.match_info["device"]), at)
        offer = await offer_in(request)
        if wait_s := self._offered.take(actor.person, at):
            raise Refused(HTTPStatus.TOO_MANY_REQUESTS, "too many requests", {"Retry-After": str(wait_s)})
        await self._audit.note(actor, "watch_device", f"device/{device.id}", at)
        name = new_token()
        try:
            seat, answer = await self._live.watch(device.id, name, offer)
        except TooManyViewers:
            retry = {"Retry-After": str(RETRY_LATER_S)}
            raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, "too many watch this device", retry) from None
        except Exception as error:
            raise refusal_of(error) from error
        viewing = Viewing(device.id, actor.person, new_entity_tag(), credentials_in(offer), self._staff_later(request))
        self._viewings[name] = viewing
        links = relay_links(self._relays, f"{device.id}-{seat}", at)
        return created(answer, f"/whep/{device.id}/sessions/{name}", viewing.entity_tag, links)

    async def _of_session(self, request: web.Request, actor: Actor) -> web.Response:
        asked, device = request.match_info["session"], request.match_info["device"]
        name = next((name for name in self._viewings if is_same(name, asked)), "")
        viewing = self._viewings.get(name)
        if viewing is None or viewing.person != actor.person or viewing.device != device:
            raise Refused(HTTPStatus.NOT_FOUND, "there is no such session; it may be over")
        if request.method == hdrs.METH_PATCH:
            if not self._live.watches(viewing.device, name):
                raise Refused(HTTPStatus.NOT_FOUND, "this session is over")
            # The draft's author's own client (npm's whip-whep) never names the session that POST made.
            return await trickled(request, viewing.entity_tag, viewing.credentials, unconditional=True)
        del self._viewings[name]
        await self._live.leave(viewing.device, name)
        return web.Response(status=HTTPStatus.OK)
