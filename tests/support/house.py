"""The pages as people meet them: browsers with their cookies, and who sits before each."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from aiohttp import ClientResponse, ClientSession, CookieJar, FormData
from aiohttp.test_utils import TestServer
from yarl import URL

from accounts.actor import Actor
from cases.entries import FileCited, PictureSize, RecordingFiled, StillFiled
from checkins.checkin import CheckInId
from devices.device import DeviceId, DeviceKind, DeviceRecordingId, Stage
from devices.store import DeviceRecordingRow
from storage.ids import new_id
from tests.support.check_ins import Desk
from tests.support.fake_engine import JPEG
from tests.support.filed import an_ended_check_in
from tests.support.records import audited
from web.neighbours import Neighbours

RECORDING = bytes(range(256)) * 16  # 4096 bytes; no player looks at it
SIZES = (PictureSize(0.4, 640, 480), PictureSize(112.3, 320, 240))


@dataclass(frozen=True, slots=True)
class Browser:
    """One browser; it follows no redirect by itself, and sends forms as our own pages do."""

    session: ClientSession
    origin: str

    def cookie(self, name: str) -> str:
        """What the browser holds under this name, or nothing."""
        found = self.session.cookie_jar.filter_cookies(URL(self.origin)).get(name)
        return found.value if found else ""

    async def get(self, path: str, headers: dict[str, str] | None = None) -> ClientResponse:
        """A page."""
        return await self.session.get(self.origin + path, headers=headers, allow_redirects=False)

    async def post(
        self, path: str, data: dict[str, str] | FormData | bytes | None = None, headers: dict[str, str] | None = None
    ) -> ClientResponse:
        """A form of one of our own pages, or what a script of ours sends."""
        headers = {"Origin": self.origin, **(headers or {})}
        return await self.session.post(self.origin + path, data=data, headers=headers, allow_redirects=False)


@dataclass(slots=True)
class House:
    """The server under test, the rooms behind it, and every browser that was opened."""

    server: TestServer
    rooms: Neighbours
    desk: Desk
    copies_folder: Path
    sessions: list[ClientSession] = field(default_factory=list)

    def browser(self) -> Browser:
        """A fresh browser with nobody signed in."""
        self.sessions.append(ClientSession(cookie_jar=CookieJar(unsafe=True)))
        return Browser(self.sessions[-1], str(self.server.make_url("/"))[:-1])

    async def signed_in(self, actor: Actor) -> Browser:
        """A fresh browser with the actor signed in."""
        browser = self.browser()
        token = await self.rooms.sign_in.once_link(actor.person, self.rooms.now(), timedelta(minutes=5))
        reply = await browser.post(f"/sign-in/once/{token}")
        assert reply.status == 303
        return browser

    async def ended_with_footage(self, identity_state: str = "contested", suffix: str = ".webm") -> CheckInId:
        """A check-in that has ended, with an enrolled face, two stills and a recording on the disk; it waits."""
        officer, subject = self.desk.bureau.officer, self.desk.subject
        await self.rooms.enrolments.enrol(officer, subject.id, [JPEG] * 3, self.rooms.now())
        live = await self.desk.admitted()
        stills = tuple(
            StillFiled(2.0 * n, verdict, 0.3, (), self.kept(JPEG, f"check-ins/{live.id}/stills/{n:04}.jpg"))
            for n, verdict in enumerate(("match", "no_match"), 1)
        )
        recording = self.kept(RECORDING, f"check-ins/{live.id}/subject{suffix}")
        ended = an_ended_check_in(live.id, live.host_post, identity_state)
        filed = RecordingFiled("subject", "sealed", recording, 288.0, 0.4, (), SIZES)
        body = replace(ended, stills=stills, recordings=(filed, ended.recordings[1]))
        await self.desk.progress.close_and_file(live.id, body, self.desk.clock.advance(minutes=5))
        return live.id

    async def a_device_with_a_recording(self) -> tuple[DeviceId, DeviceRecordingId]:
        """A device of the first office, and a recording of it that is on the disk."""
        at = self.rooms.now()
        device, _ = await self.rooms.devices.add("二楼谈话室", DeviceKind.ROOM_CAMERA, self.desk.bureau.office, at)
        recording = DeviceRecordingId(new_id())
        kept = self.kept(RECORDING, f"devices/{device.id}/{recording}.webm")
        async with self.rooms.database.transaction() as session:
            session.add(
                DeviceRecordingRow(
                    id=recording,
                    device=device.id,
                    began_at=at,
                    stage=Stage.SEALED,
                    starts_at=at,
                    seconds=288.0,
                    gaps='[["video", 12.0, 20.5]]',
                    name=kept.name,
                    sha256=kept.sha256,
                    size=kept.size,
                )
            )
        return device.id, recording

    def kept(self, data: bytes, name: str) -> FileCited:
        """A sealed file, as an entry cites it."""
        sealed = self.rooms.files.keep(data, name)
        return FileCited(sealed.name, sealed.sha256, sealed.size)

    async def verbs(self, thing: str) -> list[str]:
        """What the audit log says was done to it, oldest first."""
        return [entry.verb for entry in await audited(self.rooms.database, thing)]

    async def close(self) -> None:
        """No browser and no server is left."""
        for session in self.sessions:
            await session.close()
        await self.server.close()
