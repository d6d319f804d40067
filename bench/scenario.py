"""One server, one load, one measurement: check-ins of two who see each other, or one publisher before many viewers."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import cache

from aiortc import RTCCertificate

from bench.client import Client
from bench.load import KEYFRAME_EVERY_S, LENGTH_S, Clip, Packet
from bench.participant import WARM_UP_S, Publisher, Seen, Viewer
from bench.server import Server, cpu_s
from media.frames import Kind

PAIR = ("left", "right")
GOLDEN_RATIO = 0.618034  # its multiples fall evenly into any period
SETTLE_S = 2.0  # after the last packet has come: what comes later has not come
JOINS_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Measured:
    """`forwarded` packets reached viewers in `seconds`, for which the server used `cpu_s`."""

    seconds: float
    cpu_s: float
    forwarded: int
    joins_s: Sequence[float]
    latencies_s: Sequence[float]
    sent: int
    dropped: int
    recovered: int
    missing: int
    """Packets that a viewer should have seen and has not, the dropped ones among them; of the last LENGTH_S at most."""


class Load:
    """The publishers and viewers of one run, and one loop that sends what is due."""

    def __init__(self, server: Server, clip: Clip, loss: float) -> None:
        self._server = server
        self.clip = clip
        self._loss = loss
        self._certificate = RTCCertificate.generateCertificate()
        self._clients: list[Client] = []
        self._publishers: list[Publisher] = []
        self._viewers: list[tuple[Viewer, Publisher]] = []
        self._joins_s: list[float] = []
        self.clock = time.monotonic

    async def check_ins(self, rooms: int) -> None:
        """Two in each room, who see each other."""
        meetings = [self._meet(f"room{number}", 2 * number) for number in range(rooms)]
        await at_most(JOINS_AT_ONCE, meetings)

    async def lecture(self, viewers: int) -> None:
        """One publisher, and so many who only view."""
        teacher = Publisher(self.clip, self._loss, 0)
        await self._publish("class", "teacher", None, teacher)
        watching = [self._view("class", f"learner{number}", "teacher", teacher) for number in range(viewers)]
        await at_most(JOINS_AT_ONCE, watching)

    async def run(self, seconds: float) -> Measured:
        """Send for WARM_UP_S, then measure for `seconds`, then listen a little longer."""
        async with asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(self._send())
            await asyncio.sleep(WARM_UP_S)
            return await self._measure(seconds, sending)

    async def _measure(self, seconds: float, sending: asyncio.Task[None]) -> Measured:
        """What happens from now on, until `seconds` have passed and `sending` has ended with them."""
        before, began, seen = cpu_s(self._server.pid), self.clock(), self._seen()
        first = [len(viewer.seen.latencies_s) for viewer, _ in self._viewers]
        lost_before = [len(publisher.sent.lost) for publisher in self._publishers]
        sent_before = self._sent()
        await asyncio.sleep(seconds)
        sending.cancel()
        used, took, forwarded = cpu_s(self._server.pid) - before, self.clock() - began, self._seen() - seen
        sent = self._sent() - sent_before
        await self._settle()
        counted = zip(self._viewers, first, strict=True)
        latencies = sorted(late for (viewer, _), start in counted for late in viewer.seen.latencies_s[start:])
        dropped, recovered = self._repaired(lost_before)
        return Measured(
            took, used, forwarded, sorted(self._joins_s), latencies, sent, dropped, recovered, self._missing(began)
        )

    async def join_at_once(self, number: int) -> float:
        """Seconds until so many who come at the same moment, two to a room, are all connected."""
        publishers = [Publisher(self.clip, 0.0, seed) for seed in range(number)]
        began = self.clock()
        async with asyncio.TaskGroup() as tasks:
            for place, publisher in enumerate(publishers):
                name, other = PAIR if place % 2 else reversed(PAIR)
                tasks.create_task(self._publish(f"room{place // 2}", name, other, publisher))
        return self.clock() - began

    def audio_sent(self) -> int:
        """Packets of sound so far, the dropped ones among them."""
        return sum(publisher.sent.packets[Kind.AUDIO] for publisher in self._publishers)

    async def close(self) -> None:
        await asyncio.gather(*(client.close() for client in self._clients))

    def _seen(self) -> int:
        return sum(viewer.seen.packets for viewer, _ in self._viewers)

    def _sent(self) -> int:
        return sum(sum(publisher.sent.packets.values()) for publisher in self._publishers)

    def _repaired(self, lost_before: Sequence[int]) -> tuple[int, int]:
        """Video packets that never left at first, and how many of them every viewer saw all the same."""
        dropped = recovered = 0
        for publisher, start in zip(self._publishers, lost_before, strict=True):
            viewers = [viewer.seen for viewer, watched in self._viewers if watched is publisher]
            for kind, index, at in publisher.sent.lost[start:]:
                if kind is Kind.VIDEO:
                    dropped += 1
                    recovered += all(_came_after(seen, kind, index, at) for seen in viewers)
        return dropped, recovered

    async def _settle(self) -> None:
        """Until nothing comes any more."""
        seen = -1
        while seen < self._seen():
            seen = self._seen()
            await asyncio.sleep(SETTLE_S)

    def _missing(self, began: float) -> int:
        missing = 0
        for viewer, watched in self._viewers:
            for kind, sent_at in watched.sent.at.items():
                both = zip(sent_at, viewer.seen.at[kind], strict=True)
                missing += sum(sent >= began and not seen >= sent for sent, seen in both)
        return missing

    async def _meet(self, room: str, seed: int) -> None:
        publishers = [Publisher(self.clip, self._loss, seed + index) for index in range(2)]
        both = list(zip(PAIR, reversed(PAIR), publishers, reversed(publishers), strict=True))
        for name, watched, publisher, other in both:
            viewer = Viewer(self.clip, other.sent, self.clock) if self._server.both_ways else None
            await self._publish(room, name, watched, publisher, viewer)
            if viewer is not None:
                self._viewers.append((viewer, other))
        if not self._server.both_ways:
            for name, watched, _, other in both:
                await self._view(room, f"{name}-viewer", watched, other)

    async def _publish(
        self, room: str, name: str, watched: str | None, publisher: Publisher, viewer: Viewer | None = None
    ) -> None:
        seen = _nothing if viewer is None else viewer.hear
        client = publisher.client = self._client(seen, publisher.hear_control, controlling=True)
        began = self.clock()
        await self._server.publish(room, name, watched, client, publisher.ssrcs)
        self._joined(began)
        self._publishers.append(publisher)
        if viewer is not None:
            viewer.client = client

    async def _view(self, room: str, name: str, watched: str, publisher: Publisher) -> Viewer:
        viewer = Viewer(publisher.clip, publisher.sent, self.clock)
        viewer.client = self._client(viewer.hear, _nothing, controlling=not self._server.offers_to_viewers)
        began = self.clock()
        await self._server.view(room, name, watched, viewer.client)
        self._joined(began)
        self._viewers.append((viewer, publisher))
        return viewer

    def _joined(self, began: float) -> None:
        self._joins_s.append(self.clock() - began)

    def _client(
        self, on_media: Callable[[bytes], None], on_control: Callable[[bytes], None], *, controlling: bool
    ) -> Client:
        client = Client(self._server.host, self._certificate, on_media, on_control, controlling=controlling)
        self._clients.append(client)
        return client

    async def _send(self) -> None:
        """Each publisher in a phase of its own, of a frame as of a keyframe: people do not join in step."""
        began = self.clock()
        shifts = [GOLDEN_RATIO * number % KEYFRAME_EVERY_S for number in range(len(self._publishers))]
        schedules = [_schedule(publisher.clip) for publisher in self._publishers]
        place = [0] * len(self._publishers)
        rounds = [0] * len(self._publishers)
        reported_s = 0.0
        while True:
            passed = self.clock() - began
            for number, publisher in enumerate(self._publishers):
                while True:
                    kind, packet = schedules[number][place[number]]
                    media_s = rounds[number] * LENGTH_S + packet.at_s
                    if media_s + shifts[number] > passed:
                        break
                    publisher.publish(kind, packet, media_s, self.clock())
                    place[number] += 1
                    if place[number] == len(schedules[number]):
                        place[number], rounds[number] = 0, rounds[number] + 1
            if passed - reported_s >= 1:
                reported_s = passed
                for publisher in self._publishers:
                    publisher.report(passed, time.time())  # noqa: TID251 (a publisher of the bench is another machine)
                for viewer, _ in self._viewers:
                    viewer.report()
            await asyncio.sleep(0.002)


@cache
def _schedule(clip: Clip) -> list[tuple[Kind, Packet]]:
    both = [(Kind.VIDEO, packet) for packet in clip.video] + [(Kind.AUDIO, packet) for packet in clip.audio]
    return sorted(both, key=lambda one: (one[1].at_s, one[0], one[1].index))


def _came_after(seen: Seen, kind: Kind, index: int, at: float) -> bool:
    return seen.at[kind][index] >= at


def _nothing(packet: bytes) -> None:
    """For what this end has no use for."""


async def at_most(number: int, works: Sequence[Awaitable[object]]) -> None:
    """All of them, so many at a time."""
    places = asyncio.Semaphore(number)

    async def one(work: Awaitable[object]) -> None:
        async with places:
            await work

    async with asyncio.TaskGroup() as tasks:
        for work in works:
            tasks.create_task(one(work))
