"""The pages as people meet them: browsers with their cookies, and who sits before each."""

from dataclasses import dataclass, field
from datetime import timedelta

from aiohttp import ClientResponse, ClientSession, CookieJar, FormData
from aiohttp.test_utils import TestServer

from accounts.actor import Actor
from tests.support.check_ins import Desk
from web.neighbours import Neighbours


@dataclass(frozen=True, slots=True)
class Browser:
    """One browser; it follows no redirect by itself, and sends forms as our own pages do."""

    session: ClientSession
    origin: str

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

    async def close(self) -> None:
        """No browser and no server is left."""
        for session in self.sessions:
            await session.close()
        await self.server.close()
