"""Two calls on one port, one of them with a hostile browser in it, and the datagrams that are thrown at both."""

import asyncio
import logging
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field

import pytest
from aioice import stun

from media.contract import SeatState
from media.guard import Discard
from media.rtp import HEADER
from tests.support.clocks import ManualClock
from tests.support.two_peers import AUDIO, DELTA, KEYFRAME, VIDEO, WAIT_S, Browser, Stage, browser, stage, vp8

ALERT = b"\x15\xfe\xfd" + bytes(8) + b"\x00\x02\x02\x28"  # DTLS: fatal, handshake failure, in plain text
CLIENT_HELLO = b"\x16\xfe\xfd" + bytes(8) + b"\x00\x0c\x01" + bytes(11)
RTP = HEADER.pack(0x80, VIDEO, 1, 2, 3) + b"payload"
RTCP = b"\x80\xc9\x00\x01\x00\x00\x00\x01"

FRAMES_PER_S = 25
KEYFRAME_EVERY = 10  # frames; more often than a camera would, so that a picture that was stopped shows


def binding_request(username: str, password: str, **attributes: object) -> bytes:
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    message.attributes["USERNAME"] = username
    message.attributes.update({name.replace("_", "-"): value for name, value in attributes.items()})
    message.add_message_integrity(password.encode())
    return bytes(message)


def stun_of(username: str, *attributes: tuple[int, bytes], kind: int = 1) -> bytes:
    """A STUN message of these attributes, whatever they are, with the lengths right."""
    content = b"".join(
        struct.pack("!HH", number, len(value)) + value + bytes(-len(value) % 4)
        for number, value in ((0x0006, username.encode()), *attributes)
    )
    return struct.pack("!HHI12s", kind, len(content), stun.COOKIE, b"hostile name") + content


def signed_over_and_over(username: str, size: int) -> bytes:
    """A STUN message full of fingerprints, every one of them right for what stands before it."""
    message = bytearray(stun_of(username))
    message[2:4] = (size - stun.HEADER_LENGTH).to_bytes(2, "big")
    while len(message) + stun.FINGERPRINT_LENGTH <= size:
        message += struct.pack("!HHI", 0x8028, 4, stun.message_fingerprint(bytes(message)))
    message[2:4] = (len(message) - stun.HEADER_LENGTH).to_bytes(2, "big")
    return bytes(message)


def names(victim: Browser) -> tuple[str, str]:
    """The user name and the password of a browser's connection, as its own checks carry them."""
    connection = victim.connection
    assert connection.remote_password is not None
    return f"{connection.remote_username}:{connection.local_username}", connection.remote_password


@contextmanager
def a_stranger(on: Stage) -> Iterator[Callable[[bytes], None]]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(("127.0.0.1", on.plane.port))

        def send(datagram: bytes) -> None:
            sock.send(datagram)

        yield send


@dataclass(slots=True)
class Stream:
    """One browser's picture on its way to another; every frame carries its own number."""

    sender: Browser
    viewer: Browser
    sent: int = 0
    _sequence_number: int = 0

    def send(self) -> None:
        frame = DELTA if self.sent % KEYFRAME_EVERY else KEYFRAME
        payload = vp8(self.sent, frame) + self.sent.to_bytes(4, "big")
        self.sender.send(VIDEO, self._sequence_number, self.sent * 90_000 // FRAMES_PER_S, payload)
        self.sender.send(AUDIO, self._sequence_number, self.sent * 48_000 // FRAMES_PER_S, b"opus")
        self.sent += 1
        self._sequence_number += 1

    def skip(self, packets: int = 1) -> int:
        """Sequence numbers that somebody else uses; the first of them."""
        first = self._sequence_number
        self._sequence_number += packets
        return first

    def heard(self) -> set[int]:
        return {int.from_bytes(packet.payload[-4:], "big") for packet in self.viewer.of(VIDEO) if packet.payload}


@dataclass(slots=True)
class Scene:
    """`near` is the call that a hostile subject is in, `far` another one on the same port. Time is the test's."""

    clock: ManualClock
    near: Stage
    far: Stage
    hostile: Browser
    officer: Browser
    others: tuple[Browser, Browser]
    stranger: Callable[[bytes], None]
    streams: list[Stream] = field(default_factory=list)

    def __post_init__(self) -> None:
        first, second = self.others
        self.streams = [
            Stream(first, second),
            Stream(second, first),
            Stream(self.officer, self.hostile),
            Stream(self.hostile, self.officer),
        ]

    @property
    def own(self) -> Stream:
        """What the hostile browser itself shows."""
        return self.streams[-1]

    def dropped(self, reason: Discard) -> int:
        return self.near.plane.counters[reason]

    async def fence(self) -> None:
        """Until the server has read every datagram that was sent before."""
        before = self.dropped(Discard.EMPTY)
        async with asyncio.timeout(WAIT_S):
            while self.dropped(Discard.EMPTY) == before:
                self.stranger(b"")
                await asyncio.sleep(0.001)

    async def play(self, frames: int, attack: Callable[[int], Awaitable[None]]) -> list[float]:
        """The share of each stream's frames that were seen, while `attack` strikes once a frame."""
        begun = [stream.sent for stream in self.streams]
        for number in range(frames):
            self.clock.advance(1 / FRAMES_PER_S)
            for stream in self.streams:
                stream.send()
            await attack(number)
            await self.fence()
        ended = [stream.sent for stream in self.streams]
        for stream in self.streams[:-1]:
            await self._until_seen(stream)
        return [
            len(stream.heard() & set(range(begin, end))) / frames
            for stream, begin, end in zip(self.streams, begun, ended, strict=True)
        ]

    async def _until_seen(self, stream: Stream) -> None:
        """Some more frames, one of which arrives behind all others."""
        async with asyncio.timeout(WAIT_S):
            last = stream.sent
            while max(stream.heard(), default=0) < last:
                self.clock.advance(1 / FRAMES_PER_S)
                stream.send()
                await self.fence()

    def closed(self) -> list[tuple[str, SeatState]]:
        """Who has not stayed."""
        return [entry for at in (self.near, self.far) for entry in at.seats if entry[1] is not SeatState.CONNECTED]


@asynccontextmanager
async def a_scene() -> AsyncIterator[Scene]:
    clock = ManualClock()
    async with AsyncExitStack() as opened:
        near = await opened.enter_async_context(stage(clock.clock))
        far = Stage(near.plane, 2)
        far.face_each_other()
        hostile, officer, first, second = [await opened.enter_async_context(browser()) for _ in range(4)]
        for played, at, seat in (
            (hostile, near, "subject"),
            (officer, near, "officer"),
            (first, far, "subject"),
            (second, far, "officer"),
        ):
            await played.join(at, seat)
        stranger = opened.enter_context(a_stranger(near))
        yield Scene(clock, near, far, hostile, officer, (first, second), stranger)


def spoken(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the log of a server holds at its usual level."""
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.INFO]
