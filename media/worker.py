"""A media worker: a process of its own with one UDP port and the rooms that the server gives it, until the pipe ends.

It outlives nobody: when the server is gone, by whatever way, it says goodbye to its browsers and ends. Started as
`python -P -m media.worker PIPE PORT`, two sockets that it inherits.
"""

import asyncio
import logging
import resource
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from media import orders
from media.contract import CallRoom, Recording, SeatState
from media.negotiation import BadOffer
from media.orders import Answer, Asked, Begin, Order
from media.pipe import Pipe, PipeBroken
from media.plane import MediaPlane
from media.sampler import Pause, Still

log = logging.getLogger(__name__)

LONGEST_GOODBYE_S = 1.0  # to the browsers of calls that nobody has ended


class StillsUnderWay:
    """One seat's stills on their way to the server: one at a time, and of those that wait only the newest."""

    def __init__(self, send: Callable[[Still], None]) -> None:
        self._send = send
        self._under_way = False
        self._newest: Still | None = None

    def offer(self, still: Still) -> None:
        if self._under_way:
            self._newest = still
        else:
            self._under_way = True
            self._send(still)

    def taken(self) -> None:
        """The one under way has arrived."""
        still, self._newest = self._newest, None
        self._under_way = still is not None
        if still is not None:
            self._send(still)


@dataclass(slots=True)
class _Held:
    """A room, and what is taken of it."""

    room: CallRoom
    recordings: dict[str, Recording] = field(default_factory=dict)
    stills: dict[str, StillsUnderWay] = field(default_factory=dict)


class Worker:
    """Does what it is ordered to, and says what comes of it."""

    def __init__(self, plane: MediaPlane, pipe: Pipe, tasks: asyncio.TaskGroup) -> None:
        self._plane = plane
        self._pipe = pipe
        self._tasks = tasks
        self._rooms: dict[int, _Held] = {}

    async def serve(self) -> None:
        """Until the pipe ends; PipeBroken says how."""
        while True:
            head, _ = await self._pipe.hear()
            try:
                self._do(orders.order_of(head))
            except Exception:
                log.exception("an order met a fault of ours")

    def _do(self, order: Order) -> None:
        """At once, or begun at once: orders are done in the order in which they come."""
        match order:
            case Begin():
                raise ValueError("a worker begins once")
            case orders.OpenRoom(room=number):
                room = self._plane.open_room(
                    order.name, lambda seat, state: self._seat(number, seat, state), order.seats
                )
                self._rooms[number] = _Held(room)
            case orders.Watch():
                self._rooms[order.room].room.watch(order.seat, order.other)
            case orders.Limit():
                self._rooms[order.room].room.limit(order.seat, order.bits_per_second)
            case orders.Record():
                held = self._rooms[order.room]
                held.recordings[order.folder] = held.room.record(order.seat, Path(order.folder), order.zero)
            case orders.Sample():
                self._sample(order)
            case orders.StillTaken():
                self._rooms[order.room].stills[order.seat].taken()
            case orders.AskKeyframe():
                self._rooms[order.room].room.ask_keyframe(order.seat)
            case orders.Forget():
                del self._rooms[order.room]
            case _:
                self._tasks.create_task(self._answer(order))

    def _seat(self, room: int, seat: str, state: SeatState) -> None:
        self._pipe.say(orders.SeatIs(room=room, seat=seat, state=state))

    def _sample(self, order: orders.Sample) -> None:
        def send(still: Still) -> None:
            height, width = still.pixels.shape[:2]
            said = orders.StillMade(
                room=order.room, seat=order.seat, at=still.at, height=height, width=width, jpeg=len(still.jpeg)
            )
            self._pipe.say(said, orders.bytes_of_still(still))

        held = self._rooms[order.room]
        stills = held.stills[order.seat] = StillsUnderWay(send)
        held.room.sample(order.seat, Pause(order.shortest_s, order.longest_s), stills.offer)

    async def _answer(self, asked: Asked) -> None:
        self._pipe.say(await self._answer_to(asked))

    async def _answer_to(self, asked: Asked) -> Answer:
        request = asked.request
        try:
            match asked:
                case orders.Connect():
                    answer = await self._rooms[asked.room].room.connect(asked.seat, asked.offer, asked.way)
                    return orders.Answered(request=request, answer=answer)
                case orders.Disconnect():
                    await self._rooms[asked.room].room.disconnect(asked.seat)
                case orders.AskTraffic():
                    traffic = await self._rooms[asked.room].room.traffic(asked.seat)
                    return orders.TrafficIs(request=request, traffic=traffic)
                case orders.FinishRecording():
                    recorded = await self._rooms[asked.room].recordings[asked.folder].finish()
                    return orders.RecordedAs(request=request, recorded=recorded)
                case orders.CloseRoom():
                    await self._rooms[asked.room].room.close()
            return orders.Done(request=request)
        except BadOffer as bad:
            return orders.Refused(request=request, reason=bad.reason)
        except Exception:
            log.exception("an order met a fault of ours")
            return orders.Failed(request=request)


class _ToServer(logging.Handler):
    """Our log is the server's: one place to read, one rule of what stands in it."""

    def __init__(self, say: Callable[[int, str], None]) -> None:
        super().__init__()
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        self._say(record.levelno, self.format(record)[: orders.LONGEST_RECORD])


def log_to(pipe: Pipe, level: int) -> None:
    """From any thread; after the pipe's end nobody reads it."""
    loop = asyncio.get_running_loop()

    def say(level: int, text: str) -> None:
        with suppress(RuntimeError):  # the loop has closed
            loop.call_soon_threadsafe(pipe.say, orders.Logged(level=level, text=text))

    logging.basicConfig(handlers=[_ToServer(say)], format="%(message)s", level=logging.WARNING, force=True)
    logging.getLogger("media").setLevel(level)


async def work(pipe_end: socket.socket, port: socket.socket) -> None:
    """The worker's whole life."""
    async with AsyncExitStack() as parts:
        pipe = await Pipe.on(pipe_end)
        parts.push_async_callback(pipe.close)
        begin = orders.order_of((await pipe.hear())[0])
        if not isinstance(begin, Begin):
            raise TypeError("a worker begins first")
        log_to(pipe, begin.log_level)
        clock = asyncio.get_running_loop().time  # CLOCK_MONOTONIC: one clock for all processes of this machine
        plane = await MediaPlane.on(port, begin.addresses, clock, begin.bitrate_ceiling)
        parts.push_async_callback(_goodbye, plane)
        tasks = await parts.enter_async_context(asyncio.TaskGroup())
        pipe.say(orders.Ready(port=plane.port))
        tasks.create_task(beat(pipe), name="media worker's beat")
        await Worker(plane, pipe, tasks).serve()


async def beat(pipe: Pipe) -> None:
    """Until the worker ends: whoever holds the other end takes silence for a worker that hangs."""
    while True:
        await asyncio.sleep(orders.BEAT_S)
        pipe.say(orders.Beat())


async def _goodbye(plane: MediaPlane) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(LONGEST_GOODBYE_S):
            await plane.close()


def main(pipe: str, port: str) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):  # theirs to answer who started us, and ends us by ending the pipe
        signal.signal(number, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold faces
    run: Any = asyncio.run
    with suppress(ImportError):
        import uvloop

        run = uvloop.run
    try:
        run(work(socket.socket(fileno=int(pipe)), socket.socket(fileno=int(port))))
    except* PipeBroken:
        pass


if __name__ == "__main__":
    main(*sys.argv[1:])
