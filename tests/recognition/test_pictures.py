"""Pictures from strangers: read if they are pictures, refused if they are anything else."""

import struct
import zlib
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from recognition.pictures import LONGEST_SIDE_PX, MOST_BYTES, MOST_SCANS, WORKING_SIDE_PX, BadPicture, pixels_of

pytestmark = pytest.mark.unit


def picture(width: int = 64, height: int = 48, kind: str = "JPEG", mode: str = "RGB", **options: object) -> bytes:
    data = BytesIO()
    Image.new(mode, (width, height), None if mode == "P" else "white").save(data, kind, **options)
    return data.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    """A few bytes whose header promises a huge picture."""
    head = struct.pack("!IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")]
    packed = [struct.pack("!I", len(d)) + n + d + struct.pack("!I", zlib.crc32(n + d)) for n, d in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def jpeg_that_claims(width: int, height: int) -> bytes:
    """A small JPEG with other sides in its frame header (SOF0)."""
    data = bytearray(picture())
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack("!HH", height, width)
    return bytes(data)


def jpeg_of_many_scans(times: int) -> bytes:
    """A progressive JPEG whose last scan comes again and again: each costs 30 bytes, and a pass over all of it."""
    data = picture(4000, 3000, progressive=True)
    head, scan = data[:-2], data[data.rindex(b"\xff\xda") : -2]
    return head + scan * times + data[-2:]


def check(data: bytes, complaint: str) -> None:
    with pytest.raises(BadPicture, match=complaint):
        pixels_of(data)


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: b"", "empty"),
        (lambda: b"\0" * (MOST_BYTES + 1), "larger than 5 MB"),
        (lambda: b"<html>", "none of JPEG, PNG"),
        (lambda: picture()[:100], "broken"),
        (lambda: picture()[:-20], "broken"),  # truncated at its end
        (lambda: picture(kind="PNG")[:90], "broken"),
        (lambda: picture(kind="GIF"), "none of JPEG, PNG"),
        (lambda: picture(kind="BMP"), "none of JPEG, PNG"),
        (lambda: picture(kind="TIFF"), "none of JPEG, PNG"),
        (lambda: picture(kind="WEBP"), "none of JPEG, PNG"),
        (lambda: png_that_claims(65535, 65535), "far too large"),
        (lambda: jpeg_that_claims(65535, 65535), "far too large"),
        (lambda: png_that_claims(LONGEST_SIDE_PX + 1, 100), "a side is over"),
        (lambda: png_that_claims(640, 480), "broken"),
        (lambda: jpeg_of_many_scans(MOST_SCANS), "passes"),
        (lambda: picture(8, 8), "or under"),
    ],
)
def test_what_is_no_fit_picture_is_refused_with_a_reason(make: Callable[[], bytes], complaint: str) -> None:
    check(make(), complaint)


@pytest.mark.parametrize(
    ("kind", "mode"), [("JPEG", "RGB"), ("JPEG", "L"), ("JPEG", "CMYK"), ("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "P")]
)
def test_every_usual_kind_of_picture_becomes_bgr(kind: str, mode: str) -> None:
    pixels = pixels_of(picture(64, 48, kind, mode))
    assert pixels.shape == (48, 64, 3)
    assert pixels.dtype == np.uint8


def test_colours_are_in_opencv_order() -> None:
    data = BytesIO()
    Image.new("RGB", (64, 64), (255, 0, 0)).save(data, "PNG")
    assert tuple(pixels_of(data.getvalue())[0, 0]) == (0, 0, 255)


def test_a_printers_colours_are_those_one_sees() -> None:
    data = BytesIO()
    Image.new("CMYK", (64, 64), (0, 255, 255, 0)).save(data, "JPEG")
    blue, green, red = (int(value) for value in pixels_of(data.getvalue())[0, 0])
    assert red > 150
    assert max(blue, green) < 100


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_nobody_sees_in_a_transparent_picture_is_not_compared(mode: str) -> None:
    data = BytesIO()
    black = Image.new(mode, (64, 64), 0)
    black.save(data, "PNG", **({"transparency": 0} if mode == "P" else {}))
    assert pixels_of(data.getvalue()).min() == 255


def test_of_sixteen_bits_the_upper_eight_are_read() -> None:
    data = BytesIO()
    Image.fromarray(np.full((64, 64), 0x8040, np.uint16)).save(data, "PNG")
    assert set(pixels_of(data.getvalue()).flat) == {0x80}


@pytest.mark.parametrize(("turn", "where"), [(1, (0, 0)), (2, (0, -1)), (3, (-1, -1)), (6, (0, -1)), (8, (-1, 0))])
def test_a_corner_lies_where_the_exif_data_puts_it(turn: int, where: tuple[int, int]) -> None:
    pixels, data, exif = np.zeros((96, 128, 3), np.uint8), BytesIO(), Image.Exif()
    pixels[:32, :32] = 255
    exif[0x0112] = turn
    Image.fromarray(pixels).save(data, "JPEG", exif=exif)
    assert pixels_of(data.getvalue())[where].min() > 200


def test_a_phone_held_upright_gives_an_upright_picture() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90° to the right to show it
    assert pixels_of(picture(64, 48, exif=exif)).shape == (64, 48, 3)


def test_a_progressive_photograph_is_read_whatever_a_phone_appends_to_it() -> None:
    film = b"\xff\xda\x00\x02" * (MOST_SCANS + 1)  # a film of the moment before and after, for example
    assert pixels_of(picture(400, 300, progressive=True) + film).shape == (300, 400, 3)


def test_a_large_photograph_is_made_smaller_and_keeps_its_shape() -> None:
    assert pixels_of(picture(4000, 3000)).shape == (WORKING_SIDE_PX * 3 // 4, WORKING_SIDE_PX, 3)


SOUND = (picture(), picture(kind="PNG"))


@given(st.sampled_from(SOUND), st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1))
def test_a_damaged_picture_is_read_or_refused_and_nothing_else(data: bytes, damage: list[tuple[int, int]]) -> None:
    damaged = bytearray(data)
    for place, byte in damage:
        damaged[place % len(damaged)] = byte
    with suppress(BadPicture):
        assert pixels_of(bytes(damaged)).ndim == 3


def test_a_picture_that_moves_is_refused_because_people_see_other_frames_than_we_compare() -> None:
    data = BytesIO()
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("white", "red")]
    frames[0].save(data, "PNG", save_all=True, append_images=frames[1:])
    check(data.getvalue(), "animated")


def test_a_phones_jpeg_with_a_second_picture_behind_it_is_read_as_its_first() -> None:
    data = BytesIO()
    Image.new("RGB", (64, 48), (255, 0, 0)).save(data, "MPO", save_all=True, append_images=[Image.new("RGB", (64, 48))])
    assert pixels_of(data.getvalue())[0, 0, 2] > 200
