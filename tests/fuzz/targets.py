"""Every parser that reads what strangers wrote, behind one call on bytes: what it may raise, how much it may do.

`read` is called by hypothesis (tests/fuzz/test_parsers.py), by atheris (`./run fuzz`) and with each file of
tests/fuzz/corpus. What it raises beyond `refusals` is a finding, and so is a failed `assert` in it.
"""

import asyncio
import atexit
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from aioice import stun

from accounts.subjects import SubjectId
from cases.ledger import Unreadable, _entry_of
from cases.review import EntryId
from cases.store import LedgerEntryRow
from media import h264, rtcp, webm
from media.access_unit import Pictures
from media.aiortc_seam import new_certificate
from media.answer import OurEnd, OurSsrcs, write_answer
from media.dtls import may_be_heard
from media.frames import EncodedFrame, Kind, begins_frame, descriptor_length, keyframe_size
from media.ground import Ground
from media.guard import LONGEST_DATAGRAM, Address, Counters, Discard, is_message, local_fragment
from media.negotiation import LONGEST_OFFER, BadOffer, read_offer
from media.peer import Peer
from media.picture import LARGEST_SIDE, begins_keyframe, picture_of, shifted
from media.publication import Publication
from media.recording import _Contents
from media.rtp import HEADER_SIZE, BadPacket, payload_of, retransmitted
from signaling.messages import LARGEST_FRAME, PeerMistake, parse

ROOT = Path(__file__).parents[2]
CORPUS = Path(__file__).parent / "corpus"


@dataclass(frozen=True, slots=True)
class Target:
    """One parser. `lines` of ours for any input, and `lines_per_byte` more, are all that it may execute."""

    read: Callable[[bytes], object]
    refusals: tuple[type[Exception], ...]
    longest: int  # bytes; more never reaches it
    lines: int
    lines_per_byte: float

    def run(self, data: bytes) -> None:
        """Raises what the parser must not raise."""
        with suppress(*self.refusals):
            self.read(data)

    def most_lines(self, data: bytes) -> float:
        return self.lines + self.lines_per_byte * len(data)


def lines_executed(call: Callable[[], object]) -> int:
    """How many lines of Python `call` executes, in our files and in aioice's: work that no other process slows down."""
    count = 0

    def in_function(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return in_function

    def at_call(frame: FrameType, event: str, argument: Any) -> Any:
        file = frame.f_code.co_filename
        return in_function if file.startswith(str(ROOT)) and ("aioice" in file or ".venv" not in file) else None

    before = sys.gettrace()
    sys.settrace(at_call)
    try:
        call()
    finally:
        sys.settrace(before)
    return count


def read_check(data: bytes) -> None:
    """A STUN message, up to whether it is signed."""
    for datagram in (data, data[:2] + (len(data) - stun.HEADER_LENGTH & 0xFFFF).to_bytes(2, "big") + data[4:]):
        local_fragment(datagram)
        if not is_message(datagram):
            continue
        stun.parse_message(datagram).check_message_integrity(b"a password of ours")


def read_rtp(data: bytes) -> None:
    if len(data) >= HEADER_SIZE:
        payload = payload_of(data)
        assert payload in data[HEADER_SIZE:]
        number, original = retransmitted(payload)
        assert 0 <= number < 1 << 16
        assert payload.endswith(original)


def read_rtcp(data: bytes) -> None:
    for report in rtcp.parse(data):
        if isinstance(report, rtcp.Nack):
            assert len(report.lost) <= rtcp.MOST_NACKED


def read_vp8(data: bytes) -> None:
    """Everything that is read of VP8 before a decoder sees it: the descriptor, and a keyframe's header."""
    length = descriptor_length(data)
    assert 0 <= length <= len(data)
    if data:
        begins_frame(data)
    assert begins_keyframe(data) in (True, False)
    picture, moved = picture_of(data), shifted(data, 5, 3)
    assert len(moved) == len(data)
    if picture is not None:
        assert picture_of(moved) is not None
        assert shifted(moved, -5, -3)[:2] + data[4:] == data[:2] + data[4:] or data[1] & 0x40
    size = keyframe_size(data[length:])
    assert size is None or max(size) < 1 << 14


def read_h264(data: bytes) -> None:
    """One stream's payloads, each behind its length in two bytes and whether it ends a picture."""
    pictures = Pictures()
    position = 0
    while position + 3 <= len(data):
        end = position + 3 + int.from_bytes(data[position + 1 : position + 3], "big")
        payload = data[position + 3 : end]
        h264.begins_keyframe(payload)
        if payload and h264.fits(payload) and payload[0] & 0x1F == h264.SPS:
            size = h264.picture_size(payload)
            assert size is not None
            assert max(size) <= LARGEST_SIDE
        with suppress(h264.BadPayload):
            read_picture(pictures.add(payload, ends=data[position] & 1 != 0))
        position = end


def read_picture(picture: tuple[bytes, bool] | None) -> None:
    if picture is None:
        return
    data, keyframe = picture
    units = list(h264.units_of(data))
    assert h264.length_prefixed(units) == data
    if keyframe:
        found = h264.parameters_of(data[: h264.PARAMETERS_HEAD])
        assert found is not None
        h264.picture_size(found[0])


OURS = OurEnd(
    fragment="ours1234",
    password="ours" * 8,
    fingerprints=[("sha-256", ":".join(["AB"] * 32))],
    addresses=["192.0.2.1"],
    port=8081,
    cname="cname",
    ssrcs={Kind.AUDIO: OurSsrcs(1, 2), Kind.VIDEO: OurSsrcs(3, 4)},
)


def read_sdp(data: bytes) -> None:
    answer = write_answer(read_offer(data.decode("utf-8", "replace")), OURS)
    lines = answer.removesuffix("\r\n").split("\r\n")
    assert all(line[:2] in ("v=", "o=", "s=", "t=", "a=", "m=", "c=") for line in lines)
    assert [line for line in lines if "candidate:" in line] == [
        "a=candidate:1 1 udp 2130706431 192.0.2.1 8081 typ host"
    ]
    assert len(answer) < 4096


def read_webm(data: bytes) -> None:
    """What lies in a cluster file after a power cut, up to the head of what it is joined into."""
    for cluster in webm.clusters(data):
        assert 0 <= cluster.start < cluster.end <= len(data)
        assert all(cluster.start < block.start <= block.end <= cluster.end for block in cluster.blocks)
    contents = _Contents()
    contents.read(data)
    if contents.times:
        contents.head()
        contents.recorded(Path("recording.webm"), broken=True)


def read_said(data: bytes) -> None:
    """A text frame of a browser's."""
    try:
        parse(data.decode("utf-8", "replace"))
    except PeerMistake as mistake:
        fits_a_close_frame = mistake.reason.isascii() and len(mistake.reason) <= 123  # RFC 6455 §5.5
        if not fits_a_close_frame:
            raise AssertionError(mistake.reason) from mistake


def read_entry(data: bytes) -> None:
    """A ledger entry as it stands in the table: kind, moment and body, on a line each."""
    kind, at, body = (data.decode("utf-8", "replace").split("\n", 2) + ["", ""])[:3]
    row = LedgerEntryRow(id=EntryId("e1"), subject=SubjectId("s1"), n=1, kind=kind, body=body, by=None, at=at)
    _entry_of(row)


class _NoPort:
    """A port without a socket."""

    number = 8081

    def attach(self, fragment: str, connection: object) -> None: ...
    def detach(self, fragment: str, connection: object) -> None: ...
    def send(self, datagram: bytes, address: Address) -> None: ...


class _NoSrtp:
    """Keys that change nothing: what comes has been decrypted, and what goes needs no protection."""

    protect = protect_control = unprotect = unprotect_control = staticmethod(lambda packet: packet)


class _Sink:
    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock

    def offer(self, frame: EncodedFrame) -> None:
        assert frame.data
        assert frame.at <= self._clock()  # one that was overtaken may be placed after it was heard, never in the future


LOOP = asyncio.new_event_loop()
atexit.register(LOOP.close)
CERTIFICATE = new_certificate()
OFFER = read_offer((ROOT / "tests" / "media" / "chromium_offer.sdp").read_text(encoding="utf-8"))


def read_call(data: bytes) -> None:
    """What an authenticated browser sends, one packet after another: a byte of waiting, its length in one, itself.

    The browser sees itself, so what it asks for as a viewer is heard too.
    """
    LOOP.run_until_complete(_call(data))  # a peer can be made only in a loop; nothing waits for it


async def _call(data: bytes) -> None:
    now = 1000.0
    counters = Counters()
    ground: Any = Ground(_NoPort(), ["192.0.2.1"], None, lambda: now, counters, 1_500_000)  # type: ignore[arg-type]
    publication = Publication(ground.clock, ground.bitrate_ceiling, counters)
    peer = Peer(ground, CERTIFICATE, OFFER, publication, lambda peer: None)
    srtp: Any = _NoSrtp()
    peer._srtp = srtp
    peer._link._connection.address = ("192.0.2.2", 9)
    publication.come_from(peer)
    publication.attach(_Sink(ground.clock))
    peer.watch(publication)
    position = 0
    while position + 2 <= len(data):
        now += data[position] / 64
        end = position + 2 + data[position + 1]
        peer._hear(data[position + 2 : end], now)
        publication.tick(now)
        peer.tick(now)
        position = end
    assert Discard.FAULT not in counters
    traffic = peer.traffic()
    assert traffic.packets >= 0


TARGETS = {
    "stun": Target(read_check, (ValueError, struct.error), LONGEST_DATAGRAM, 400, 4),
    "dtls": Target(may_be_heard, (), LONGEST_DATAGRAM, 20, 2),
    "rtp": Target(read_rtp, (BadPacket,), LONGEST_DATAGRAM, 30, 0),
    "rtcp": Target(read_rtcp, (rtcp.BadRtcp,), LONGEST_DATAGRAM, 60, 8),
    "vp8": Target(read_vp8, (), LONGEST_DATAGRAM, 120, 0),
    "h264": Target(read_h264, (h264.BadPayload,), 1 << 16, 200, 20),
    "call": Target(read_call, (), 1 << 16, 2000, 25),
    "sdp": Target(read_sdp, (BadOffer,), LONGEST_OFFER, 14_000, 1.2),
    "webm": Target(read_webm, (), 1 << 16, 300, 30),
    "said": Target(read_said, (), LARGEST_FRAME, 60, 0),
    "entry": Target(read_entry, (Unreadable,), 1 << 16, 80, 0),
}


def corpus(name: str) -> dict[str, bytes]:
    """The seeds of a target and everything that once broke it, by file name."""
    return {path.name: path.read_bytes() for path in sorted((CORPUS / name).iterdir())}
