"""A participant without a browser: what it hears, how its clip goes on, and what it says when it is refused."""

import asyncio
import json
from collections.abc import AsyncIterator

import av
import pytest
from aiohttp import WSMsgType, web
from aiortc.mediastreams import MediaStreamError

from demo.caller import Caller, ClipTrack, Refused
from demo.clips import clip

pytestmark = pytest.mark.rim

STANDING = {"type": "standing", "state": "waiting", "ahead": 0}


class House:
    """A server that answers as a test says."""

    def __init__(self) -> None:
        self.says: list[dict[str, object]] = [STANDING]
        self.heard: list[dict[str, object]] = []
        self.origin = ""

    async def signal(self, request: web.Request) -> web.WebSocketResponse:
        assert request.query["seat"] == "subject"
        assert request.headers["Origin"] == self.origin
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            assert message.type is WSMsgType.TEXT
            self.heard.append(json.loads(message.data))
            if self.heard[-1]["type"] == "hello":
                await socket.send_json({"type": "welcome", "v": 1})
            if self.heard[-1]["type"] == "join":
                for told in self.says:
                    await socket.send_json(told)
            if self.heard[-1]["type"] == "end":
                break
        return socket


@pytest.fixture
async def house() -> AsyncIterator[House]:
    house = House()
    app = web.Application()
    app.router.add_get("/signal", house.signal)
    app.router.add_get("/page", _page)
    app.router.add_post("/form", _form)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    house.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield house
    await runner.cleanup()


async def _page(_request: web.Request) -> web.Response:
    return web.Response(text="a page")


async def _form(request: web.Request) -> web.Response:
    form = await request.post()
    return web.Response(text=str(form["x"]), status=200 if form["x"] == "good" else 422)


async def test_it_reads_pages_and_sends_forms(house: House) -> None:
    async with Caller(house.origin, clip("subject")) as caller:
        assert await caller.get(caller.path(f"{house.origin}/page")) == "a page"
        assert await caller.post("/form", x="good") == "good"
        with pytest.raises(Refused, match="GET /nothing: 404"):
            await caller.get("/nothing")
        with pytest.raises(Refused, match="POST /form: 422"):
            await caller.post("/form", x="bad")


async def test_it_joins_and_hears_what_it_waits_for_also_when_that_was_said_before(house: House) -> None:
    house.says.append({"type": "standing", "state": "live", "ahead": 0})
    async with Caller(house.origin, clip("subject")) as caller:
        await caller.join("c1", "subject")
        assert house.heard == [{"type": "hello", "v": 1}, {"type": "join", "check_in": "c1"}]
        assert (await caller.hear("standing", state="live"))["state"] == "live"
        assert await caller.hear("standing") == STANDING


async def test_what_the_server_refuses_is_not_waited_for(house: House) -> None:
    house.says.append({"type": "refused", "about": "offer", "code": "not_admitted", "reason": "x"})
    async with Caller(house.origin, clip("subject")) as caller:
        await caller.join("c1", "subject")
        with pytest.raises(Refused, match="not_admitted"):
            await caller.hear("answer")


async def test_when_the_server_hangs_up_nobody_waits_any_more(house: House) -> None:
    async with Caller(house.origin, clip("subject")) as caller:
        await caller.join("c1", "subject")
        await caller.say({"type": "end"})
        with pytest.raises(Refused, match="the server hung up"):
            await caller.hear("ended")


async def test_who_has_not_joined_says_nothing(house: House) -> None:
    async with Caller(house.origin, clip("subject")) as caller:
        with pytest.raises(Refused, match="not joined"):
            await caller.say({"type": "end"})


@pytest.mark.parametrize("kind", ["audio", "video"])
async def test_a_clip_goes_round_as_it_was_encoded_and_its_time_goes_on(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    async def no_wait(seconds: float) -> None:
        waits.append(seconds)

    track = ClipTrack(clip("subject"), kind)
    with av.open(str(clip("subject"))) as container:
        packets = [bytes(packet) for packet in container.demux(**{kind: 0}) if packet.size]
    monkeypatch.setattr(asyncio, "sleep", no_wait)
    sent = [await track.recv() for _ in range(len(packets) * 2 + 3)]
    monkeypatch.undo()
    assert [bytes(packet) for packet in sent] == packets * 2 + packets[:3]
    times = [float(packet.pts * packet.time_base) for packet in sent]
    steps = [after - before for before, after in zip(times, times[1:], strict=False)]
    assert all(0 < step < 0.1 for step in steps)
    assert times[-1] > 16
    track.stop()
    with pytest.raises(MediaStreamError):
        await track.recv()
