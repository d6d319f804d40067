"""The bits of VP8 that are read: payload descriptors, keyframes and their size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.frames import KeyframeWish, begins_frame, descriptor_length, is_keyframe, keyframe_size
from tests.support.encoded_clip import encoded_clip, vp8_packets

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("payload", "length"),
    [
        ("10 aa", 1),
        ("90 00 aa", 2),  # X and nothing of it
        ("90 80 11 aa", 3),  # a picture id of 7 bits
        ("90 80 91 22 aa", 4),  # ... of 15 bits
        ("90 40 05 aa", 3),  # TL0PICIDX
        ("90 20 05 aa", 3),  # TID
        ("90 10 05 aa", 3),  # KEYIDX
        ("90 30 05 aa", 3),  # both in one byte
        ("90 f0 91 22 05 06 aa", 6),  # everything Chromium sends
        ("", 0),
        ("10", 0),
        ("90", 0),
        ("90 80", 0),
        ("90 80 91 22", 0),  # the descriptor and nothing of a frame
        ("90 f0 91 22 05", 0),
    ],
)
def test_the_descriptor_ends_where_the_frame_begins(payload: str, length: int) -> None:
    assert descriptor_length(bytes.fromhex(payload)) == length


@given(st.binary(max_size=12))
def test_any_payload_has_a_descriptor_shorter_than_itself_or_none(payload: bytes) -> None:
    length = descriptor_length(payload)
    assert length == 0 or 1 <= length < len(payload)


@pytest.mark.parametrize(
    ("first", "begins"),
    [
        (0x10, True),
        (0x30, True),  # N: a frame that no other refers to
        (0x90, True),
        (0x00, False),
        (0x11, False),  # the second partition
        (0x80, False),
    ],
)
def test_a_frame_begins_at_the_start_of_partition_zero(first: int, *, begins: bool) -> None:
    assert begins_frame(bytes([first])) is begins


def test_a_real_clip_is_read_as_its_encoder_meant_it() -> None:
    for frame in encoded_clip(2.0, 176, 144).video:
        assert is_keyframe(frame.data) is frame.keyframe
        assert keyframe_size(frame.data) == ((176, 144) if frame.keyframe else None)
        payloads = vp8_packets(frame.data, size=50)
        assert b"".join(payload[descriptor_length(payload) :] for payload, _ in payloads) == frame.data


@pytest.mark.parametrize(
    ("header", "size"),
    [
        ("10 00 00 9d 01 2a 80 02 e0 01", (640, 480)),
        ("10 00 00 9d 01 2a 80 42 e0 81", (640, 480)),  # with hints for scaling
        ("10 00 00 9d 01 2a ff 3f ff 3f", (16383, 16383)),
        ("11 00 00 9d 01 2a 80 02 e0 01", None),  # no keyframe
        ("10 00 00 9d 01 2b 80 02 e0 01", None),
        ("10 00 00 9d 01 2a 80 02 e0", None),
        ("", None),
    ],
)
def test_a_keyframe_says_its_size(header: str, size: tuple[int, int] | None) -> None:
    assert keyframe_size(bytes.fromhex(header)) == size


def test_a_wish_for_a_keyframe_is_repeated_once_a_second() -> None:
    asked: list[float] = []
    wish = KeyframeWish(lambda: asked.append(now))
    for now in (5.0, 5.2, 5.9, 6.0, 6.5, 9.0, 9.1):
        wish.repeat(now)
    assert asked == [5.0, 6.0, 9.0]
    wish.fulfilled()
    for now in (9.2, 9.3):
        wish.repeat(now)
    assert asked == [5.0, 6.0, 9.0, 9.2]
