"""Janus' videoroom, as a server: started with a configuration of ours, spoken to over its WebSocket."""

import asyncio
import secrets
import shutil
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

from aiohttp import ClientSession, ClientWebSocketResponse

from bench import description
from bench.client import Client
from bench.description import Ssrcs
from bench.server import offering

PATIENCE_S = 10.0
PLUGIN = "janus.plugin.videoroom"
SETTINGS = {
    "janus.jcfg": """
general: {{ debug_level = 2 session_timeout = 0 }}
media: {{ rtp_port_range = "20000-30000" }}
nat: {{ ice_lite = false ice_enforce_list = "{host}" }}
plugins: {{ disable = "{plugins}" }}
transports: {{ disable = "{transports}" }}
""",
    "janus.transport.websockets.jcfg": """
general: {{ ws = true ws_port = {port} ws_ip = "{host}" }}
""",
    "janus.plugin.videoroom.jcfg": "general: {{ }}",
}


def installed() -> bool:
    return shutil.which("janus") is not None


class Janus:
    """The driver's side of a Janus with all recordings in one folder."""

    both_ways = False
    offers_to_viewers = True

    def __init__(self, host: str, pid: int, folder: Path, socket: ClientWebSocketResponse) -> None:
        self.host = host
        self.pid = pid
        self._folder = folder
        self._socket = socket
        self._session: int | None = None
        self._rooms: dict[str, int] = {}
        self._feeds: dict[tuple[str, str], int] = {}
        self._answers: dict[str, asyncio.Future[dict[str, Any]]] = {}

    @classmethod
    @asynccontextmanager
    async def running(cls, folder: Path, host: str) -> AsyncIterator[Self]:
        """Janus leaves the loopback out, so `host` is another address of this machine."""
        port = _free_port(host)
        _configure(folder, host, port)
        command = ["janus", "-F", str(folder), "-C", str(folder / "janus.jcfg")]
        quiet = asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(*command, stdout=quiet, stderr=quiet)
        try:
            async with ClientSession() as http, asyncio.TaskGroup() as tasks:
                socket = await _connected(http, f"ws://{host}:{port}/")
                janus = cls(host, process.pid, folder, socket)
                tasks.create_task(janus._listen())
                janus._session = (await janus._ask(janus="create"))["data"]["id"]
                yield janus
                await socket.close()
        finally:
            process.terminate()
            await process.wait()

    async def publish(self, room: str, name: str, watched: str | None, client: Client, ssrcs: Ssrcs) -> None:
        number = await self._room(room)
        handle = await self._attach()
        feed = self._feeds[room, name] = len(self._feeds) + 1

        async def ask(offer: str) -> str:
            body = {"request": "joinandconfigure", "ptype": "publisher", "room": number, "id": feed}
            return str((await self._message(handle, body, {"type": "offer", "sdp": offer}))["jsep"]["sdp"])

        await offering(client, ssrcs, "sendonly", ask)

    async def view(self, room: str, name: str, watched: str, client: Client) -> None:
        number = await self._room(room)
        handle = await self._attach()
        streams = [{"feed": self._feeds[room, watched]}]
        body = {"request": "join", "ptype": "subscriber", "room": number, "streams": streams}
        offered = description.read((await self._message(handle, body, None))["jsep"]["sdp"])
        answer = description.answer(offered, await client.gather())
        await asyncio.gather(
            client.connect(offered), self._message(handle, {"request": "start"}, {"type": "answer", "sdp": answer})
        )

    async def _room(self, name: str) -> int:
        if name not in self._rooms:
            number = self._rooms[name] = 1000 + len(self._rooms)
            handle = await self._attach()
            recorded = {"record": True, "rec_dir": str(self._folder)}
            asked = {"request": "create", "room": number, "publishers": 64, "bitrate": 1_500_000} | recorded
            await self._message(handle, asked, None)
        return self._rooms[name]

    async def _attach(self) -> int:
        return int((await self._ask(janus="attach", plugin=PLUGIN))["data"]["id"])

    async def _message(self, handle: int, body: Mapping[str, object], jsep: Mapping[str, str] | None) -> dict[str, Any]:
        extra = {"jsep": dict(jsep)} if jsep is not None else {}
        told = await self._ask(janus="message", handle_id=handle, body=dict(body), **extra)
        if "error" in told.get("plugindata", {}).get("data", {}):
            raise ConnectionError(f"Janus refused: {told['plugindata']['data']['error']}")
        return told

    async def _ask(self, **question: object) -> dict[str, Any]:
        """The answer to one question: for a message that Janus works on, the event and not the acknowledgement."""
        transaction = secrets.token_hex(8)
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._answers[transaction] = answer
        session = {} if self._session is None else {"session_id": self._session}
        await self._socket.send_json(question | session | {"transaction": transaction})
        told = await asyncio.wait_for(answer, PATIENCE_S)
        if told["janus"] == "error":
            raise ConnectionError(f"Janus refused: {told['error']['reason']}")
        return told

    async def _listen(self) -> None:
        async for message in self._socket:
            told = message.json()
            waiting = self._answers.get(told.get("transaction", ""))
            if waiting is not None and told["janus"] != "ack" and not waiting.done():
                waiting.set_result(told)


def _configure(folder: Path, host: str, port: int) -> None:
    """Its settings, with every part left out that a videoroom does not need."""
    parts = next(iter(sorted(Path("/usr/lib").glob("*/janus"))))
    others = {
        kind: ",".join(path.name for path in sorted((parts / kind).glob("*.so")) if wanted not in path.name)
        for kind, wanted in (("plugins", "videoroom"), ("transports", "websockets"))
    }
    for name, text in SETTINGS.items():
        (folder / name).write_text(text.format(host=host, port=port, **others))


async def _connected(http: ClientSession, address: str) -> ClientWebSocketResponse:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                return await http.ws_connect(address, protocols=["janus-protocol"])
            except OSError:  # it is still starting
                await asyncio.sleep(0.1)


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
