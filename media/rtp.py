"""RTP in place: the fixed header as five integers, the payload as a slice, and nothing kept (RFC 3550 §5, RFC 8285)."""

import struct

HEADER = struct.Struct("!BBHII")  # V P X CC · M PT · sequence number · RTP time · SSRC
HEADER_SIZE = HEADER.size
VERSION_2 = 0x80
EXTENDED = 0x10  # X: a header extension follows
MARKER = 0x80

ONE_BYTE_EXTENSIONS = 0xBEDE  # RFC 8285 §4.2
LONGEST_MID = 16  # bytes that one element of such an extension can hold


class BadPacket(ValueError):
    """What the header says does not fit into the packet."""


def payload_of(packet: bytes) -> bytes:
    """The payload without CSRCs, header extensions and padding; empty for a packet of padding only."""
    first = packet[0]
    start = HEADER_SIZE + 4 * (first & 0x0F)
    end = len(packet)
    if first & EXTENDED:
        if start + 4 > end:
            raise BadPacket("header extension beyond the end")
        start += 4 + 4 * int.from_bytes(packet[start + 2 : start + 4], "big")
    if first & 0x20:
        end -= packet[-1] or end  # the last byte counts the padding and itself, so it is never zero
    if start > end:
        raise BadPacket("header beyond the end")
    return packet[start:end]


def mid_extension(extension_id: int, mid: str) -> bytes:
    """The header extension that names our section of the session description (RFC 8843 §15)."""
    element = bytes([extension_id << 4 | len(mid) - 1]) + mid.encode("ascii")
    element += bytes(-len(element) % 4)
    return struct.pack("!HH", ONE_BYTE_EXTENSIONS, len(element) // 4) + element


def retransmission(sequence_number: int, payload: bytes) -> bytes:
    """The payload of an RTX packet: the original's sequence number, then its payload (RFC 4588 §4)."""
    return sequence_number.to_bytes(2, "big") + payload


def retransmitted(payload: bytes) -> tuple[int, bytes]:
    """Sequence number and payload of the original in an RTX packet's payload."""
    if len(payload) < 2:
        raise BadPacket("retransmission without a sequence number")
    return int.from_bytes(payload[:2], "big"), payload[2:]
