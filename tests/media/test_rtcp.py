import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.rtcp import (
    MOST_NACKED,
    BadRtcp,
    Block,
    Bye,
    KeyframeRequest,
    Nack,
    ReceiverReport,
    Remb,
    Report,
    SenderReport,
    nack,
    parse,
    picture_loss,
    receiver_report,
    remb,
    sender_report,
    source_description,
)

pytestmark = pytest.mark.unit

U32 = st.integers(0, 0xFFFFFFFF)
BLOCKS = st.builds(
    Block,
    ssrc=U32,
    fraction_lost=st.integers(0, 255),
    lost=st.integers(-(1 << 23), (1 << 23) - 1),
    highest=U32,
    jitter=U32,
    last_report=U32,
    since_last_report=U32,
)


def check(packet: bytes, *reports: Report) -> None:
    assert len(packet) % 4 == 0
    assert parse(packet) == list(reports)


@given(U32, st.lists(BLOCKS, max_size=31))
def test_a_receiver_report_reads_as_it_was_written(ssrc: int, blocks: list[Block]) -> None:
    check(receiver_report(ssrc, blocks), ReceiverReport(ssrc, tuple(blocks)))


@given(st.builds(SenderReport, U32, st.integers(0, (1 << 64) - 1), U32, U32, U32))
def test_a_sender_report_reads_as_it_was_written(report: SenderReport) -> None:
    check(sender_report(report), report)


@given(st.lists(st.integers(0, 0xFFFF), min_size=1, max_size=60, unique=True))
def test_every_number_asked_for_again_is_read_again(lost: list[int]) -> None:
    (report,) = parse(nack(1, 2, lost))
    assert isinstance(report, Nack)
    assert (report.sender, report.media, set(report.lost)) == (1, 2, set(lost))


def test_neighbours_share_an_entry_across_the_wrap() -> None:
    packet = nack(1, 2, [65534, 65535, 0, 14])
    assert len(packet) == 16
    check(packet, Nack(1, 2, (65534, 65535, 0, 14)))


@given(st.integers(0, 1 << 40), st.lists(U32, max_size=20))
def test_a_bitrate_is_read_within_its_precision(bitrate: int, media: list[int]) -> None:
    (report,) = parse(remb(1, bitrate, media))
    assert isinstance(report, Remb)
    assert report.media == tuple(media)
    assert bitrate - (bitrate >> 17) - 1 <= report.bitrate <= bitrate


def test_a_compound_packet_reads_in_its_order() -> None:
    packet = receiver_report(1, []) + source_description(1, "name") + picture_loss(1, 2) + remb(1, 300_000, [2])
    check(packet, ReceiverReport(1), KeyframeRequest(1, 2), Remb(1, 300_000, (2,)))


def test_an_intra_request_names_each_of_its_sources() -> None:
    body = struct.pack("!IIIIII", 1, 0, 7, 0, 8, 0)
    check(struct.pack("!BBH", 0x84, 206, 6) + body, KeyframeRequest(1, 7), KeyframeRequest(1, 8))


def test_a_goodbye_names_who_left() -> None:
    check(struct.pack("!BBHII", 0x82, 203, 2, 7, 8), Bye((7, 8)))


def test_kinds_that_we_have_no_use_for_are_skipped() -> None:
    extended_report = struct.pack("!BBHI", 0x80, 207, 1, 1)
    transport_wide = struct.pack("!BBHIII", 0x8F, 205, 3, 1, 2, 3)
    check(extended_report + transport_wide + picture_loss(1, 2), KeyframeRequest(1, 2))


def test_padding_at_the_end_is_not_read() -> None:
    padded = struct.pack("!BBHIII", 0xA1, 203, 3, 7, 0, 8)
    check(padded, Bye((7,)))


def test_a_request_for_everything_is_cut_short() -> None:
    everything = struct.pack("!BBHII", 0x81, 205, 2 + 340, 1, 2) + b"".join(
        struct.pack("!HH", 17 * index, 0xFFFF) for index in range(340)
    )
    (report,) = parse(everything)
    assert isinstance(report, Nack)
    assert len(report.lost) == MOST_NACKED


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"\x80",
        b"\x00\xc9\x00\x00",  # version 0
        b"\x80\xc9\x00\x01",  # longer than the packet
        b"\x80\xc9\x00\x00",  # a receiver report without its sender
        b"\x81\xc9\x00\x01\x00\x00\x00\x01",  # a block that is not there
        b"\x81\xcb\x00\x00",  # a goodbye of nobody
        b"\xa0\xc9\x00\x01\x00\x00\x00\x00",  # padding that does not count itself
        b"\xa0\xc9\x00\x01\x00\x00\x00\x09",  # more padding than packet
        b"\x8f\xce\x00\x03" + b"\0" * 8 + b"REMB",  # a REMB cut short
        b"\x8f\xce\x00\x04" + b"\0" * 8 + b"REMB\x05\0\0\0",  # five SSRCs that are not there
        b"\x84\xce\x00\x03" + b"\0" * 12,  # half an intra request
    ],
)
def test_what_is_broken_is_one_clear_error(broken: bytes) -> None:
    with pytest.raises(BadRtcp):
        parse(broken)


def written(parts: list[tuple[int, int, bytes]]) -> bytes:
    return b"".join(
        struct.pack("!BBH", 0x80 | first, kind, len(body) // 4) + body[: len(body) // 4 * 4]
        for first, kind, body in parts
    )


KINDS = st.sampled_from([200, 201, 203, 205, 206])
PARTS = st.lists(st.tuples(st.integers(0, 63), KINDS, st.binary(max_size=40)), max_size=4)


@given(st.binary(max_size=200) | PARTS.map(written))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    with contextlib.suppress(BadRtcp):
        parse(data)
