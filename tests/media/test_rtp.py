import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.rtp import HEADER, BadPacket, mid_extension, payload_of, retransmission, retransmitted

pytestmark = pytest.mark.unit


def packet(payload: bytes, *, csrcs: int = 0, extension: bytes | None = None, padding: int = 0) -> bytes:
    first = 0x80 | csrcs | (0x10 if extension is not None else 0) | (0x20 if padding else 0)
    header = HEADER.pack(first, 96, 1, 2, 3) + bytes(4 * csrcs)
    return header + (extension or b"") + payload + (bytes(padding - 1) + bytes([padding]) if padding else b"")


@given(
    payload=st.binary(max_size=50),
    csrcs=st.integers(0, 15),
    extension=st.none() | st.binary(max_size=10).map(lambda b: struct.pack("!HH", 0xBEDE, len(b)) + b * 4),
    padding=st.integers(0, 255),
)
def test_the_payload_is_what_lies_between_header_and_padding(
    payload: bytes, csrcs: int, extension: bytes | None, padding: int
) -> None:
    assert payload_of(packet(payload, csrcs=csrcs, extension=extension, padding=padding)) == payload


@pytest.mark.parametrize(
    "broken",
    [
        HEADER.pack(0x81, 96, 1, 2, 3),  # a CSRC that is not there
        HEADER.pack(0x90, 96, 1, 2, 3) + b"\xbe\xde",  # half an extension header
        HEADER.pack(0x90, 96, 1, 2, 3) + b"\xbe\xde\x00\x01",  # an extension that is not there
        HEADER.pack(0xA0, 96, 1, 2, 3) + b"x\x03",  # more padding than payload
        HEADER.pack(0xA0, 96, 1, 2, 3) + b"xx\x00",  # padding that does not count itself
    ],
)
def test_lengths_that_do_not_fit_are_one_clear_error(broken: bytes) -> None:
    with pytest.raises(BadPacket):
        payload_of(broken)


@given(st.binary(min_size=12, max_size=80))
def test_no_packet_raises_anything_else(data: bytes) -> None:
    with contextlib.suppress(BadPacket):
        assert len(payload_of(data)) <= len(data) - 12


@pytest.mark.parametrize("mid", ["0", "v", "video", "a" * 16])
def test_the_extension_names_the_section_in_whole_words(mid: str) -> None:
    extension = mid_extension(4, mid)
    profile, words, first = struct.unpack("!HHB", extension[:5])
    assert (profile, len(extension)) == (0xBEDE, 4 + 4 * words)
    assert (first >> 4, first & 15) == (4, len(mid) - 1)
    assert extension[5:].rstrip(b"\0") == mid.encode()


@given(st.integers(0, 0xFFFF), st.binary())
def test_a_retransmission_carries_the_original(sequence_number: int, payload: bytes) -> None:
    assert retransmitted(retransmission(sequence_number, payload)) == (sequence_number, payload)


def test_a_retransmission_too_short_for_a_number_is_refused() -> None:
    with pytest.raises(BadPacket):
        retransmitted(b"x")
