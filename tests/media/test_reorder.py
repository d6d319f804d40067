"""Packets in any order, or not at all: what comes out is in order and can be decoded."""

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.frames import CLOCK_RATE, Codec, EncodedFrame
from media.reorder import LARGEST_FRAME, PATIENCE_S, WINDOW, Assembler, Reorder
from media.timeline import SenderClock, Timeline
from tests.fuzz.targets import lines_executed
from tests.support.encoded_clip import vp8_packets

pytestmark = pytest.mark.unit


class Reordered:
    """What a Reorder hands on, `|` where it says that something was lost."""

    def __init__(self) -> None:
        self.out = ""
        self.reorder = Reorder(self._hand_on, self._lost)

    def _hand_on(self, item: str) -> None:
        self.out += item

    def _lost(self) -> None:
        self.out += "|"


@pytest.mark.parametrize("first", [0, 1000, 65_534])  # the last wraps around
@pytest.mark.parametrize(
    ("arrived", "handed_on"),
    [
        ("abcd", "abcd"),
        ("acbd", "abcd"),
        ("adcb", "abcd"),
        ("aabbc", "abc"),  # copies
        ("adbdc", "abcd"),  # a copy of one that waits
        ("bac", "bc"),  # before the first we have heard of there is nothing
        ("acd", "a"),  # b may still come
        ("acd!e", "a|cde"),  # ... until patience ends
        ("acd!eb", "a|cde"),  # ... and then it is too late
        ("ace!g", "a|c|e"),  # g has only just been heard
        ("ace!g!i", "a|c|e|g"),
        ("acb!e", "abc"),  # patience counts from the gap that is open
        ("acbd.", "abcd"),  # at the end nothing waits
        ("acef.", "a|c|ef"),
        ("acef.bg", "a|c|efg"),
        (".", ""),
    ],
)
def test_packets_are_handed_on_by_number(arrived: str, handed_on: str, first: int) -> None:
    stream = Reordered()
    heard_at = 7.0
    for letter in arrived:
        if letter == "!":
            heard_at += PATIENCE_S + 0.01
        elif letter == ".":
            stream.reorder.release()
        else:
            stream.reorder.packet((first + ord(letter) - ord("a")) & 0xFFFF, letter, heard_at)
    assert stream.out == handed_on


@pytest.mark.parametrize("jump", [WINDOW + 2, 30_000, 40_000, 65_535 - WINDOW])
def test_a_jump_beyond_the_window_is_a_loss_and_the_stream_goes_on(jump: int) -> None:
    stream = Reordered()
    for number, letter in ((0, "a"), (1, "b"), (jump, "y"), (jump + 1, "z")):
        stream.reorder.packet(number & 0xFFFF, letter, 1.0)
    assert stream.out == "ab|yz"


def test_a_full_window_gives_up_on_the_missing_packet() -> None:
    stream = Reordered()
    for number in [0, *range(2, WINDOW + 3)]:
        stream.reorder.packet(number, ".", 1.0)
    assert stream.out == ".|" + "." * (WINDOW + 1)


def test_a_hole_before_every_packet_costs_one_look_at_the_window_each() -> None:
    reorder: Reorder[int] = Reorder(lambda item: None, lambda: None)

    def arrive() -> None:
        for number in range(4 * WINDOW):
            reorder.packet(2 * number & 0xFFFF, number, 0.0)

    assert lines_executed(arrive) <= 4 * WINDOW * WINDOW


@given(st.lists(st.tuples(st.integers(0, 0xFFFF), st.floats(0, 0.3)), max_size=60))
def test_numbers_handed_on_only_rise(arrivals: list[tuple[int, float]]) -> None:
    out: list[int] = []
    reorder = Reorder(out.append, lambda: out.append(-1))
    heard_at = 0.0
    for number, later in arrivals:
        heard_at += later
        reorder.packet(number, number, heard_at)
    for before, after in zip(out, out[1:], strict=False):
        assert before == -1 or after == -1 or after == (before + 1) & 0xFFFF


def frame_data(n: int, letter: str, packets: int) -> bytes:
    """A frame of `packets` packets of 10 bytes that carries its own number; `K` is a keyframe."""
    head = bytes([0 if letter == "K" else 1]) + n.to_bytes(2, "big")
    return head.ljust(packets * 10, b".")


class Assembled:
    """An assembler, what came out of it, and how often it asked for a keyframe."""

    def __init__(self, codec: Codec = Codec.VP8) -> None:
        self.frames: list[EncodedFrame] = []
        self.asked = 0
        rate = CLOCK_RATE[codec.kind]
        self.assembler = Assembler(codec, self.frames.append, Timeline(rate, SenderClock()), self._ask)

    def _ask(self) -> None:
        self.asked += 1


Packet = tuple[int, int, bool, bytes]


def packets_of(frames: Sequence[tuple[str, int]], first: int = 0) -> list[Packet]:
    """The frames as packets: sequence number, RTP time, marker, payload."""
    packets: list[Packet] = []
    for n, (letter, count) in enumerate(frames):
        for payload, marker in vp8_packets(frame_data(n, letter, count), size=10):
            packets.append(((first + len(packets)) & 0xFFFF, n * 3600, marker, payload))
    return packets


def check(sent: str, arrives: Sequence[int], frames: str, asked: int) -> None:
    """`sent` as "K3 d1": letters with their number of packets; `arrives` are packets' places; a new second each."""
    stream = Assembled()
    letters = [(token[0], int(token[1])) for token in sent.split()]
    packets = packets_of(letters, first=65_533)
    for place in arrives:
        stream.assembler.packet(*packets[place], 10.0 + place)
    handed_out = [int.from_bytes(frame.data[1:3], "big") for frame in stream.frames]
    assert " ".join(f"{letters[n][0]}{n}" for n in handed_out) == frames
    assert [frame.keyframe for frame in stream.frames] == [letters[n][0] == "K" for n in handed_out]
    assert [frame.data for frame in stream.frames] == [frame_data(n, *letters[n]) for n in handed_out]
    assert stream.asked == asked


@pytest.mark.parametrize(
    ("sent", "arrives", "frames", "asked"),
    [
        ("K1 d1 d1", [0, 1, 2], "K0 d1 d2", 0),
        ("K3 d2", [0, 1, 2, 3, 4], "K0 d1", 0),
        ("K3 d2", [0, 1, 1, 2, 3, 4, 2], "K0 d1", 0),  # copies
        ("d1 d1 K1 d1", [0, 1, 2, 3], "K2 d3", 2),  # joined in the middle: nothing until a keyframe
        ("K1 d1 d1 K1 d1", [0, 2, 3, 4], "K0 K3 d4", 1),  # d1 lost: d2 would refer to it
        ("K1 d3 d1 K1", [0, 1, 3, 4, 5], "K0 K3", 2),  # lost within
        ("K1 d3 d1 K1", [0, 1, 2, 4, 5], "K0 K3", 1),  # the end lost
        ("K1 d3 d1 K1", [0, 2, 3, 4, 5], "K0 K3", 3),  # the beginning lost
        ("K2 K2 d1", [0, 2, 3, 4], "K1 d2", 0),  # half a keyframe, then a whole one: nothing to ask for
        ("K2 K2 d1", [1, 2, 3, 4], "K1 d2", 1),
    ],
)
def test_video_is_whole_and_without_a_hole(sent: str, arrives: Sequence[int], frames: str, asked: int) -> None:
    check(sent, arrives, frames, asked)


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("a descriptor without a frame", b"\x90\x80"),
        ("a second beginning before the end", b"\x10\x01??"),
        ("a part of no frame", b"\x00??"),
    ],
)
def test_a_malformed_packet_is_a_loss(name: str, broken: bytes) -> None:
    stream = Assembled()
    K, d, end = packets_of([("K", 1), ("d", 2)])
    after = packets_of([("d", 1), ("K", 1)], first=4)
    rtp_time = 3600 if name != "a part of no frame" else 4000
    for packet in (K, d, (2, rtp_time, False, broken), (3, *end[1:]), *after):
        stream.assembler.packet(*packet, 1.0)
    assert [frame.data[0] for frame in stream.frames] == [0, 0]
    assert stream.asked == 1


def test_a_frame_without_end_is_given_up() -> None:
    stream = Assembled()
    payload = b"\x10\x00" + bytes(60_000)
    for number in range(LARGEST_FRAME // 60_000 + 2):
        stream.assembler.packet(
            number, 0, marker=False, payload=payload if number == 0 else b"\x00" + payload, heard_at=1.0
        )
    assert stream.frames == []
    assert stream.asked == 1


def test_padding_is_no_loss() -> None:
    stream = Assembled()
    (_, _, _, K), (_, _, _, d) = packets_of([("K", 1), ("d", 1)])
    stream.assembler.packet(1, 0, marker=True, payload=K, heard_at=1.0)
    stream.assembler.packet(2, 0, marker=False, payload=b"", heard_at=1.0)
    stream.assembler.packet(3, 3600, marker=True, payload=d, heard_at=1.0)
    assert len(stream.frames) == 2


@pytest.mark.parametrize(
    ("arrives", "handed_out"),
    [
        ([0, 1, 2, 3], [0, 1, 2, 3]),
        ([0, 2, 1, 3], [0, 1, 2, 3]),
        ([0, 2, 3], [0, 2, 3]),  # a gap stays a gap
    ],
)
def test_sound_goes_on_after_a_loss(arrives: list[int], handed_out: list[int]) -> None:
    stream = Assembled(Codec.OPUS)
    for n in arrives:
        stream.assembler.packet(n, n * 960, n == 0, bytes([n]), 1.0 + n)
    stream.assembler.packet(4, 4 * 960, marker=False, payload=b"", heard_at=5.0)
    assert [frame.data[0] for frame in stream.frames] == handed_out
    assert all(frame.keyframe for frame in stream.frames)
    assert [frame.rtp_time for frame in stream.frames] == [n * 960 for n in handed_out]
    assert stream.asked == 0


sent_frames = st.lists(st.tuples(st.sampled_from("Kddd"), st.integers(1, 4)), min_size=1, max_size=30)


@given(sent_frames, st.integers(0, 0xFFFF), st.data())
def test_whatever_is_handed_out_can_be_decoded(sent: list[tuple[str, int]], first: int, data: st.DataObject) -> None:
    stream = Assembled()
    packets = packets_of(sent, first)
    # Every packet may be lost, delayed past others, or come twice.
    fates = st.lists(st.integers(0, 12), max_size=2)
    arrivals = sorted((n + late, packet) for n, packet in enumerate(packets) for late in data.draw(fates, label="late"))
    for moment, packet in arrivals:
        stream.assembler.packet(*packet, moment * 0.05)
    previous = -2
    for frame in stream.frames:
        n = int.from_bytes(frame.data[1:3], "big")
        assert frame.data == frame_data(n, *sent[n])
        assert frame.rtp_time == n * 3600
        assert n > previous
        assert frame.keyframe or n == previous + 1
        previous = n
    assert [frame.at for frame in stream.frames] == sorted(frame.at for frame in stream.frames)


@given(sent_frames, st.integers(0, 0xFFFF), st.randoms(use_true_random=False))
def test_nothing_is_dropped_when_nothing_is_lost(sent: list[tuple[str, int]], first: int, random: Random) -> None:
    stream = Assembled()
    packets = packets_of([("K", 1), *sent], first)
    shuffled = [packets[0], *sorted(packets[1:], key=lambda _: random.random())]
    for packet in shuffled:
        stream.assembler.packet(*packet, 1.0)
    assert len(stream.frames) == len(sent) + 1
    assert stream.asked == 0
