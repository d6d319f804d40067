"""Devices before a server of their own: a real database, media plane and disk, and the two addresses of signalling."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from aiohttp import ClientResponse, ClientSession, web
from aiohttp.test_utils import TestServer

from accounts.actor import Actor, UnitId
from accounts.audit import Audit
from devices.device import Device, DeviceKind, DeviceRecording, Stage, StreamState
from devices.live import LiveDevices
from devices.policy import DevicePolicy, DiskRules, read_device_policy
from devices.register import Register
from media.contract import Media
from media.plane import MediaPlane
from signaling.relays import Relays
from signaling.whep import Whep
from signaling.whip import Whip
from storage.database import Database
from storage.files import FileStore
from tests.support.databases import fresh_database
from tests.support.live_check_ins import SleepingClock
from tests.support.organisation import Bureau, a_small_bureau
from tests.support.two_peers import StockClient, browser
from tests.support.waiting import until

POLICY = replace(read_device_policy(), disk=DiskRules(least_free_mb=0))


@dataclass(slots=True)
class Answered:
    """What came back, read to its end."""

    status: int
    headers: Mapping[str, str]
    links: list[str]
    text: str

    @property
    def location(self) -> str:
        return self.headers["Location"]


@dataclass(slots=True)
class Yard:
    """The devices of a small bureau. `actor` is who is signed in at every browser of this test."""

    database: Database
    bureau: Bureau
    register: Register
    live: LiveDevices
    files: FileStore
    clock: SleepingClock
    whep: Whep
    server: TestServer
    session: ClientSession
    actor: Actor | None

    async def camera(self, unit: UnitId | None = None) -> tuple[Device, str]:
        """A device of the first office unless another unit is named, and its token."""
        place = self.bureau.office if unit is None else unit
        return await self.register.add("一号谈话室", DeviceKind.ROOM_CAMERA, place, self.clock.now())

    async def ask(
        self, method: str, path: str, body: str | bytes = "", token: str | None = None, **headers: str
    ) -> Answered:
        """One request; header names have _ for -."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        reply: ClientResponse
        async with self.session.request(method, self.server.make_url(path), data=body, headers=sent) as reply:
            return Answered(reply.status, reply.headers, reply.headers.getall("Link", []), await reply.text())

    async def post(self, offer: str | bytes, token: str | None, path: str = "/whip") -> Answered:
        return await self.ask("POST", path, offer, token, Content_Type="application/sdp")

    async def publish(self, client: StockClient, token: str | None, path: str = "/whip") -> Answered:
        """The client's offer, answered; 201."""
        answers: list[Answered] = []

        async def server(offer: str) -> str:
            answers.append(await self.post(offer, token, path))
            assert answers[0].status == 201, answers[0].text
            return answers[0].text

        await client.offer_to(server)
        return answers[0]

    async def becomes(self, device: Device, state: StreamState) -> None:
        await until(lambda: self.live.state_of(device.id) is state)

    async def recordings(self, device: Device) -> list[DeviceRecording]:
        return await self.register.recordings(self.bureau.officer, device.id, self.clock.now())

    async def sealed(self, device: Device, count: int) -> list[DeviceRecording]:
        """Once so many recordings are put away: all there are, the newest first."""
        found: list[DeviceRecording] = []

        async def enough() -> bool:
            found[:] = await self.recordings(device)
            return sum(one.stage is not Stage.WRITING for one in found) >= count

        await until(enough)
        return found


@asynccontextmanager
async def a_yard(
    tmp_path: Path,
    policy: DevicePolicy = POLICY,
    media: Media | None = None,
    relays: Relays | None = None,
) -> AsyncIterator[Yard]:
    """Everything but pages; `media` is a plane on loopback unless given."""
    clock = SleepingClock()
    async with AsyncExitStack() as parts:
        database = await parts.enter_async_context(fresh_database())
        bureau = await a_small_bureau(database)
        if media is None:
            media = await MediaPlane.open("127.0.0.1", 0, ["127.0.0.1"], time.monotonic)
            parts.push_async_callback(media.close)
        files = FileStore(tmp_path / "files")
        live = await parts.enter_async_context(
            LiveDevices(database, media, files, policy, clock.now, time.monotonic, clock.sleep)
        )
        register = Register(database)
        made: list[Yard] = []

        async def signed_in(_request: web.Request) -> Actor | None:
            return made[0].actor

        def later(_request: web.Request) -> Callable[[], Awaitable[Actor | None]]:
            return lambda: signed_in(_request)

        whip = Whip(register, live, now=clock.now, address=lambda request: request.remote or "", relays=relays)
        whep = Whep(register, live, Audit(database), staff=signed_in, staff_later=later, now=clock.now, relays=relays)
        app = web.Application()
        app.router.add_routes((*whip.routes(), *whep.routes()))
        server = TestServer(app)
        await server.start_server()
        parts.push_async_callback(server.close)
        session = await parts.enter_async_context(ClientSession())
        clock.advance(86_400)  # a day after the bureau was founded
        made.append(Yard(database, bureau, register, live, files, clock, whep, server, session, bureau.officer))
        yield made[0]


async def an_offer() -> str:
    """One that is as good as any, and of which nothing comes."""
    async with browser() as played:
        await played.gather()
        return played.offer()
