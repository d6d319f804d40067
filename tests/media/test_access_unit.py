"""H.264 out of RTP: what was packed comes out, whatever is broken is refused, and keyframes have what they need."""

from collections.abc import Sequence

import av
import pytest
from av.video.codeccontext import VideoCodecContext
from hypothesis import given
from hypothesis import strategies as st

from media.access_unit import LARGEST_UNIT, Depacketiser, Pictures
from media.h264 import BadPayload, configuration, length_prefixed, parameters_of, units_of
from tests.support.h264 import aggregate, fragments, h264_clip, h264_packets

pytestmark = pytest.mark.unit

units = st.builds(
    lambda kind, rest: bytes([0x60 | kind]) + rest, st.integers(1, 23), st.binary(min_size=1, max_size=300)
)
SPS, PPS, IDR, SLICE, SEI, AUD = b"\x67sps", b"\x68pps", b"\x65idr", b"\x61slice", b"\x06sei", b"\x09"


@given(st.lists(st.tuples(st.lists(units, min_size=1, max_size=4), st.sampled_from("saf"), st.integers(1, 200))))
def test_what_was_packed_comes_out(groups: list[tuple[list[bytes], str, int]]) -> None:
    depacketiser = Depacketiser()
    for some, way, size in groups:
        payloads: list[bytes] = []
        if way == "a":
            payloads = [aggregate(some)]
        else:
            for unit in some:
                payloads += fragments(unit, size) if way == "f" and len(unit) > 2 else [unit]
        out = [unit for payload in payloads for unit in depacketiser.units(payload)]
        assert out == some


@given(st.lists(st.binary(max_size=60) | st.sampled_from([b"\x7c\x85ab", b"\x7c\x05ab", b"\x7c\x45ab", b"\x65a"])))
def test_any_bytes_give_units_or_one_refusal(payloads: list[bytes]) -> None:
    depacketiser = Depacketiser()
    for payload in payloads:
        try:
            out = depacketiser.units(payload)
        except BadPayload:
            assert depacketiser.units(b"\x65whole") == [b"\x65whole"]  # nothing is left of what was begun
        else:
            assert all(unit[0] & 0x1F > 0 for unit in out)


@pytest.mark.parametrize(
    ("name", "payloads"),
    [
        ("nothing", [b""]),
        ("a kind of another mode", [b"\x79\x00\x00"]),
        ("a reserved kind", [b"\x7f\x00"]),
        ("marked as damaged", [b"\xe5abc"]),
        ("an aggregate of nothing", [b"\x78"]),
        ("an aggregate that is cut off", [b"\x78\x00\x09ab"]),
        ("an empty unit in an aggregate", [b"\x78\x00\x00"]),
        ("an aggregate in an aggregate", [b"\x78\x00\x02\x78a"]),
        ("an aggregate of very many", [aggregate([b"\x61"] * 100)]),
        ("a fragment of nothing", [b"\x7c\x85"]),
        ("a fragment that is whole", [b"\x7c\xc5abc"]),
        ("a fragment without a beginning", [b"\x7c\x05abc"]),
        ("a second beginning", [b"\x7c\x85abc", b"\x7c\x85abc"]),
        ("another unit in between", [b"\x7c\x85abc", b"\x65abc"]),
    ],
)
def test_what_is_broken_is_refused(name: str, payloads: list[bytes]) -> None:
    depacketiser = Depacketiser()
    for payload in payloads[:-1]:
        depacketiser.units(payload)
    with pytest.raises(BadPayload):
        depacketiser.units(payloads[-1])


def test_a_unit_without_an_end_is_given_up() -> None:
    depacketiser = Depacketiser()
    depacketiser.units(b"\x7c\x85" + bytes(60_000))
    for _ in range(LARGEST_UNIT // 60_000 - 1):
        depacketiser.units(b"\x7c\x05" + bytes(60_000))
    with pytest.raises(BadPayload):
        depacketiser.units(b"\x7c\x05" + bytes(60_000))


def put_together(pictures: Pictures, *payloads: bytes) -> tuple[list[bytes], bool] | None:
    """One picture of these payloads: its units, and whether it can be entered at."""
    for payload in payloads[:-1]:
        assert pictures.add(payload, ends=False) is None
    picture = pictures.add(payloads[-1], ends=True)
    return None if picture is None else (list(units_of(picture[0])), picture[1])


def test_a_keyframe_has_its_parameters_first_and_what_shows_nothing_is_left_out() -> None:
    pictures = Pictures()
    assert put_together(pictures, AUD, SEI, aggregate([SPS, PPS]), IDR) == ([SPS, PPS, SEI, IDR], True)
    assert put_together(pictures, AUD, SLICE) == ([SLICE], False)
    assert put_together(pictures, SEI) is None
    assert put_together(pictures, SLICE, SLICE) == ([SLICE, SLICE], False)


def test_a_keyframe_without_parameters_is_given_those_of_before() -> None:
    pictures = Pictures()
    put_together(pictures, SPS, PPS, IDR)
    assert put_together(pictures, IDR) == ([SPS, PPS, IDR], True)


@pytest.mark.parametrize(
    ("name", "payloads"),
    [
        ("no keyframe first", [SLICE]),
        ("no parameters", [IDR]),
        ("half of the parameters", [SPS, IDR]),
        ("parameters of nothing", [SPS, PPS]),
        ("parameters of two sequences", [SPS, SPS + b"2", PPS, IDR]),
        ("long parameters", [SPS + bytes(300), PPS, IDR]),
        ("a picture of both kinds", [SPS, PPS, IDR, SLICE]),
        ("a part of a partition", [SPS, PPS, IDR, b"\x62partition"]),
        ("a unit in a unit", [SPS, PPS, IDR + b"\0\0\1\x67bomb"]),
        ("an end within a unit", [SPS, PPS, b"\x7c\x85abc"]),
        ("an endless picture", [SPS, PPS, *[IDR] * 300]),
    ],
)
def test_what_could_not_be_decoded_is_no_picture_and_it_goes_on_at_the_next_keyframe(
    name: str, payloads: Sequence[bytes]
) -> None:
    pictures = Pictures()
    with pytest.raises(BadPayload):
        put_together(pictures, *payloads)
    assert not pictures.decodable
    assert not pictures.begun
    assert put_together(pictures, SPS, PPS, IDR) == ([SPS, PPS, IDR], True)


def test_other_parameters_without_a_keyframe_are_refused() -> None:
    pictures = Pictures()
    put_together(pictures, SPS, PPS, IDR)
    assert put_together(pictures, SPS, PPS, SLICE) == ([SPS, PPS, SLICE], False)
    with pytest.raises(BadPayload):
        put_together(pictures, PPS + b"2", SLICE)


@given(
    st.lists(
        st.tuples(st.sampled_from([SPS, PPS, IDR, SLICE, SEI, b"\x7c\x85ab", b"\x7c\x45ab"]), st.booleans()),
        max_size=30,
    )
)
def test_no_stream_gives_a_picture_that_nobody_can_enter(sent: list[tuple[bytes, bool]]) -> None:
    pictures = Pictures()
    entered = False
    for payload, ends in sent:
        try:
            picture = pictures.add(payload, ends=ends)
        except BadPayload:
            entered = False
            continue
        if picture is not None:
            data, keyframe = picture
            entered = entered or keyframe
            assert entered
            assert not keyframe or parameters_of(data) == (SPS, PPS)


def test_a_real_stream_comes_out_as_it_went_in_and_is_decoded() -> None:
    pictures = Pictures()
    decoder = VideoCodecContext.create("h264", "r")
    shown = 0
    for frame in h264_clip(1.0, 640, 480):
        packets = h264_packets(frame.data, 300)
        out = [pictures.add(payload, ends=marker) for payload, marker in packets]
        assert out[:-1] == [None] * (len(out) - 1)
        assert out[-1] == (frame.data, frame.keyframe)
        if frame.keyframe:
            found = parameters_of(frame.data)
            assert found is not None
            decoder.extradata = configuration(*found)
        shown += len(decoder.decode(av.Packet(frame.data)))
    assert shown + len(decoder.decode(None)) == 25


def test_what_is_taken_apart_is_what_was_put_together() -> None:
    assert list(units_of(length_prefixed([SPS, b"x", IDR]))) == [SPS, b"x", IDR]
    assert list(units_of(length_prefixed([SPS, IDR])[:-1])) == [SPS]
