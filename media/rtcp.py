"""RTCP both ways: one bounded pass over a compound packet, and the few reports we write (RFC 3550 §6, RFC 4585)."""

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

SENDER_REPORT, RECEIVER_REPORT, SOURCE_DESCRIPTION, GOODBYE, TRANSPORT_FEEDBACK, PAYLOAD_FEEDBACK = (
    200, 201, 202, 203, 205, 206,
)  # fmt: skip
NACK, PLI, FIR, APPLICATION = 1, 1, 4, 15
MOST_NACKED = 256  # sequence numbers taken from one packet: more than a second of video

_BLOCK = struct.Struct("!IIIIII")
_SENDER = struct.Struct("!QIII")

NTP_UNIT = 1 << 32  # of a second, in NTP's 64 bits


class BadRtcp(ValueError):
    """Not RTCP, or a length in it does not fit."""


@dataclass(frozen=True, slots=True)
class Block:
    """A receiver about one SSRC: `fraction_lost` in 1/256, `jitter` in RTP time, the last two in 1/65536 s."""

    ssrc: int
    fraction_lost: int
    lost: int
    highest: int
    jitter: int
    last_report: int
    since_last_report: int


@dataclass(frozen=True, slots=True)
class SenderReport:
    ssrc: int
    ntp: int  # seconds since 1900 in 1/2³²
    rtp_time: int
    packets: int
    octets: int
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class ReceiverReport:
    ssrc: int
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Nack:
    """The sender lacks these packets of `media`."""

    sender: int
    media: int
    lost: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class KeyframeRequest:
    """A picture loss indication, or a full intra request for one SSRC."""

    sender: int
    media: int


@dataclass(frozen=True, slots=True)
class Remb:
    """The most bits a second that the sender wants of these SSRCs together (draft-alvestrand-rmcat-remb-03)."""

    sender: int
    bitrate: int
    media: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Bye:
    ssrcs: tuple[int, ...]


Report: TypeAlias = SenderReport | ReceiverReport | Nack | KeyframeRequest | Remb | Bye


def parse(packet: bytes) -> list[Report]:
    """What a compound packet reports, in its order; kinds we have no use for are skipped. BadRtcp if it is broken."""
    reports: list[Report] = []
    position = 0
    while position < len(packet):
        if len(packet) - position < 4 or packet[position] >> 6 != 2:
            raise BadRtcp("no RTCP header")
        first, kind, words = struct.unpack_from("!BBH", packet, position)
        end = position + 4 * (words + 1)
        body = packet[position + 4 : end]
        if end > len(packet):
            raise BadRtcp("length beyond the end")
        if first & 0x20:
            padding = body[-1] if body else 0
            if not 0 < padding <= len(body):
                raise BadRtcp("padding beyond the start")
            body = body[:-padding]
        try:
            reports.extend(_parse_one(kind, first & 0x1F, body))
        except struct.error as error:
            raise BadRtcp("report cut short") from error
        position = end
    if not position:
        raise BadRtcp("empty")
    return reports


def _parse_one(kind: int, count: int, body: bytes) -> Iterator[Report]:
    if kind == SENDER_REPORT:
        (ssrc,) = struct.unpack_from("!I", body)
        ntp, rtp_time, packets, octets = _SENDER.unpack_from(body, 4)
        yield SenderReport(ssrc, ntp, rtp_time, packets, octets, tuple(_blocks(body, 24, count)))
    elif kind == RECEIVER_REPORT:
        (ssrc,) = struct.unpack_from("!I", body)
        yield ReceiverReport(ssrc, tuple(_blocks(body, 4, count)))
    elif kind == GOODBYE:
        yield Bye(struct.unpack_from(f"!{count}I", body))
    elif kind in (TRANSPORT_FEEDBACK, PAYLOAD_FEEDBACK):
        sender, media = struct.unpack_from("!II", body)
        if kind == TRANSPORT_FEEDBACK:
            if count == NACK:
                yield Nack(sender, media, tuple(islice(_nacked(body[8:]), MOST_NACKED)))
        elif count == PLI:
            yield KeyframeRequest(sender, media)
        elif count == FIR:
            yield from (KeyframeRequest(sender, ssrc) for ssrc, _ in struct.iter_unpack("!II", body[8:]))
        elif count == APPLICATION and body[8:12] == b"REMB":
            yield _parse_remb(sender, body[12:])


def _blocks(body: bytes, offset: int, count: int) -> Iterator[Block]:
    for index in range(count):
        ssrc, loss, highest, jitter, last, since = _BLOCK.unpack_from(body, offset + index * _BLOCK.size)
        lost = loss & 0xFFFFFF
        yield Block(ssrc, loss >> 24, lost - (lost >> 23 << 24), highest, jitter, last, since)


def _nacked(body: bytes) -> Iterator[int]:
    for first, following in struct.iter_unpack("!HH", body):
        yield first
        yield from ((first + 1 + bit) & 0xFFFF for bit in range(16) if following >> bit & 1)


def _parse_remb(sender: int, body: bytes) -> Remb:
    (word,) = struct.unpack_from("!I", body)
    bitrate = (word & 0x3FFFF) << (word >> 18 & 0x3F)
    return Remb(sender, bitrate, struct.unpack_from(f"!{word >> 24}I", body, 4))


def sender_report(report: SenderReport) -> bytes:
    """Without blocks: what we have received is said in receiver reports."""
    return _packet(
        SENDER_REPORT,
        0,
        struct.pack("!I", report.ssrc) + _SENDER.pack(report.ntp, report.rtp_time, report.packets, report.octets),
    )


def receiver_report(ssrc: int, blocks: Sequence[Block]) -> bytes:
    body = b"".join(
        _BLOCK.pack(
            block.ssrc,
            block.fraction_lost << 24 | max(-(1 << 23), min(block.lost, (1 << 23) - 1)) & 0xFFFFFF,
            block.highest,
            block.jitter,
            block.last_report,
            block.since_last_report,
        )
        for block in blocks
    )
    return _packet(RECEIVER_REPORT, len(blocks), struct.pack("!I", ssrc) + body)


def source_description(ssrc: int, cname: str) -> bytes:
    """The name that a compound packet must carry (RFC 3550 §6.1)."""
    item = struct.pack("!IBB", ssrc, 1, len(cname)) + cname.encode("ascii") + b"\0"
    return _packet(SOURCE_DESCRIPTION, 1, item + bytes(-len(item) % 4))


def nack(sender: int, media: int, lost: Iterable[int]) -> bytes:
    """Ask again for packets; sequence numbers that lie within 16 of the first share an entry (RFC 4585 §6.2.1)."""
    entries: list[list[int]] = []
    for sequence_number in lost:
        ahead = (sequence_number - entries[-1][0] - 1) & 0xFFFF if entries else 0xFFFF
        if ahead < 16:
            entries[-1][1] |= 1 << ahead
        else:
            entries.append([sequence_number, 0])
    body = b"".join(struct.pack("!HH", *entry) for entry in entries)
    return _packet(TRANSPORT_FEEDBACK, NACK, struct.pack("!II", sender, media) + body)


def picture_loss(sender: int, media: int) -> bytes:
    return _packet(PAYLOAD_FEEDBACK, PLI, struct.pack("!II", sender, media))


def remb(sender: int, bitrate: int, media: Sequence[int]) -> bytes:
    exponent = max(0, bitrate.bit_length() - 18)
    word = len(media) << 24 | exponent << 18 | bitrate >> exponent
    body = struct.pack(f"!II4sI{len(media)}I", sender, 0, b"REMB", word, *media)
    return _packet(PAYLOAD_FEEDBACK, APPLICATION, body)


def _packet(kind: int, count: int, body: bytes) -> bytes:
    return struct.pack("!BBH", 0x80 | count, kind, len(body) // 4) + body
