"""The few bits of H.264 that are read: where a keyframe begins, and how large its pictures are, before any decoder."""

import av
import pytest
from av.video.codeccontext import VideoCodecContext
from hypothesis import given
from hypothesis import strategies as st

from media.h264 import (
    LONGEST_HEAD,
    PARAMETERS_HEAD,
    BadPayload,
    begins_keyframe,
    configuration,
    fits,
    parameters_of,
    picture_size,
)
from tests.support.h264 import aggregate, encoder, fragments, picture_of, pixels, sps

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("name", "parameters", "size"),
    [
        ("640 x 480", sps(40, 30), (640, 480)),
        ("1080p is cropped", sps(120, 68, (0, 0, 0, 4)), (1920, 1080)),
        ("an order by numbers", sps(40, 30, order=(0, 4)), (640, 480)),
        ("the main profile", sps(40, 30, profile=77), (640, 480)),
        ("an order by a list", sps(40, 30, order=(1,)), None),
        ("the extended profile", sps(40, 30, profile=88), None),
        ("interlaced", sps(40, 30, frames="0"), None),
        ("more hidden than any encoder does", sps(1000, 1000, (7900, 0, 7900, 0)), None),
        ("nothing is left", sps(1, 1, (8, 0, 0, 0)), None),
        ("a start code", sps(40, 30) + b"\0\0\1\x67", None),
        ("other parameters", b"\x68\xce\x3c\x80", None),
        ("cut off", sps(40, 30)[:6], None),
        ("a number without an end", b"\x67\x42\xc0\x1f" + bytes([0, 3] * 20), None),
        ("nothing", b"", None),
    ],
)
def test_the_size_is_read_or_hidden(name: str, parameters: bytes, size: tuple[int, int] | None) -> None:
    assert picture_size(parameters) == size


@given(st.binary(max_size=60))
def test_any_parameters_have_a_size_or_none(noise: bytes) -> None:
    for parameters in (noise, b"\x67" + noise, b"\x67\x42\xc0\x1f" + noise):
        size = picture_size(parameters)
        assert size is None or min(size) > 0


@pytest.mark.parametrize(
    ("payload", "fitting"),
    [
        (sps(40, 30), True),
        (sps(256, 256), True),
        (sps(257, 1), False),
        (sps(1, 257), False),
        (aggregate([sps(40, 30), b"\x68pps"]), True),
        (aggregate([sps(40, 30), sps(1000, 1000)]), False),
        (aggregate([sps(40, 30), b"\x68pps"])[:-1], False),
        (aggregate([sps(40, 30)] * 4), True),
        (aggregate([sps(40, 30)] * 5), False),  # each takes as long to read as a packet to forward
        (b"\x67\x42", False),
        (fragments(sps(40, 30), 5)[0], False),  # nobody needs to, and the size is hidden
    ],
)
def test_pictures_that_are_too_large_or_hide_their_size_do_not_fit(payload: bytes, fitting: bool) -> None:  # noqa: FBT001 (a row)
    assert begins_keyframe(payload) or not fitting
    assert fits(payload) is fitting


@pytest.mark.parametrize(
    ("payload", "begins"),
    [
        (b"\x67abc", True),
        (b"\xe7abc", True),
        (b"\x65abc", False),  # without parameters nobody can begin here
        (b"\x68abc", False),
        (b"\x61abc", False),
        (aggregate([b"\x67a", b"\x68b"]), True),
        (aggregate([b"\x09a", b"\x67b"]), True),
        (aggregate([b"\x06a", b"\x61b"]), False),
        (b"\x7c\x87abc", True),
        (b"\x7c\x85abc", False),
        (b"\x7c\x07abc", False),
        (b"\x7c", False),
        (b"\x78\x00\x09g", False),
        (b"", False),
    ],
)
def test_a_keyframe_begins_with_its_parameters(payload: bytes, begins: bool) -> None:  # noqa: FBT001 (a row)
    assert begins_keyframe(payload) is begins


@pytest.mark.parametrize("profile", ["baseline", "main", "high"])
@pytest.mark.parametrize("size", [(640, 480), (320, 180), (1920, 1080)])
def test_a_real_encoder_s_parameters_say_its_size_and_are_enough_to_decode(size: tuple[int, int], profile: str) -> None:
    made = encoder(*size, profile)
    picture = av.VideoFrame.from_ndarray(pixels(0, *size), format="bgr24")
    picture.pts = 0
    (packet,) = made.encode(picture)
    data = picture_of(bytes(packet))
    found = parameters_of(data[:PARAMETERS_HEAD])
    assert found is not None
    assert picture_size(found[0]) == size
    assert len(found[0]) < LONGEST_HEAD
    decoder = VideoCodecContext.create("h264", "r")
    decoder.extradata = configuration(*found)
    shown = decoder.decode(av.Packet(data)) + decoder.decode(None)
    assert [(one.width, one.height) for one in shown] == [size]


@pytest.mark.parametrize(("of_sequence", "of_picture"), [(b"\x67ab", b"\x68"), (b"\x67abc", b"")])
def test_parameters_that_say_nothing_configure_nothing(of_sequence: bytes, of_picture: bytes) -> None:
    with pytest.raises(BadPayload):
        configuration(of_sequence, of_picture)
