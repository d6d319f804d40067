import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.picture import LARGEST_SIDE, begins_keyframe, fits, picture_of, shifted

pytestmark = pytest.mark.unit

KEYFRAME = b"\x10\x02\x00\x9d\x01\x2a"
DELTA = b"\x11\x00\x00"


def payload(frame: bytes, *, begins: bool = True, picture: int | None = 5, layer: int | None = None) -> bytes:
    """A VP8 payload with a picture id of 15 bits and a TL0PICIDX, or without (RFC 7741 §4.2)."""
    first = 0x10 if begins else 0x00
    if picture is None and layer is None:
        return bytes([first]) + frame
    extensions = (0x80 if picture is not None else 0) | (0x40 if layer is not None else 0)
    fields = b"" if picture is None else (0x8000 | picture).to_bytes(2, "big")
    fields += b"" if layer is None else bytes([layer])
    return bytes([first | 0x80, extensions]) + fields + frame


@pytest.mark.parametrize(
    ("packet", "begins"),
    [
        (payload(KEYFRAME), True),
        (payload(KEYFRAME, picture=None), True),
        (payload(KEYFRAME, layer=1), True),
        (payload(KEYFRAME, begins=False), False),
        (payload(DELTA), False),
        (b"\x11" + KEYFRAME, False),  # the first packet of partition 1
        (payload(b""), False),
        (b"\x90", False),
        (b"", False),
    ],
)
def test_a_keyframe_begins_with_the_first_packet_of_one(packet: bytes, begins: bool) -> None:  # noqa: FBT001 (a table's column)
    assert begins_keyframe(packet) is begins


@pytest.mark.parametrize(
    ("packet", "picture"),
    [
        (payload(DELTA, picture=0x7FFF), (0x7FFF, 0)),
        (payload(DELTA, picture=3, layer=9), (3, 9)),
        (payload(DELTA, picture=None), None),
        (payload(DELTA, picture=None, layer=9), None),
        (b"\x90\x80\x05" + DELTA, None),  # a picture id of 7 bits
        (b"\x90", None),
    ],
)
def test_only_picture_ids_of_fifteen_bits_are_read(packet: bytes, picture: tuple[int, int] | None) -> None:
    assert picture_of(packet) == picture
    if picture is None:
        assert shifted(packet, 1, 1) == packet


@given(st.integers(0, 0x7FFF), st.none() | st.integers(0, 255), st.integers(-40_000, 40_000), st.integers(-300, 300))
def test_a_shift_moves_the_ids_around_and_nothing_else(
    picture: int, layer: int | None, pictures: int, layers: int
) -> None:
    packet = shifted(payload(DELTA, picture=picture, layer=layer), pictures, layers)
    moved = None if layer is None else (layer + layers) % 256
    assert packet == payload(DELTA, picture=(picture + pictures) % 32768, layer=moved)


@given(st.binary(max_size=12))
def test_no_payload_breaks_it(packet: bytes) -> None:
    begins_keyframe(packet)
    assert len(shifted(packet, 1, 1)) == len(packet)


def sized(width: int, height: int) -> bytes:
    return payload(KEYFRAME + width.to_bytes(2, "little") + height.to_bytes(2, "little"))


@pytest.mark.parametrize(
    ("packet", "shown"),
    [
        (sized(640, 480), True),
        (sized(LARGEST_SIDE, 2304), True),
        (sized(0x4000 | 640, 0xC000 | 480), True),  # with hints for scaling
        (sized(LARGEST_SIDE + 1, 16), False),
        (sized(16, LARGEST_SIDE + 1), False),
        (sized(16383, 16383), False),
        (sized(0, 480), False),
        (sized(640, 480)[:-1], False),  # the size is hidden in the next packet
        (payload(b"\x10\x02\x00\x00\x00\x00" + bytes(4)), False),  # no keyframe's start code
    ],
)
def test_a_picture_is_shown_only_up_to_a_size_that_it_declares(packet: bytes, shown: bool) -> None:  # noqa: FBT001 (a table's column)
    assert fits(packet) is shown
