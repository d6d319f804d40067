"""Stills from keyframes only, when one is due, and from no bitstream that means harm."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.frames import Codec, EncodedFrame
from media.h264 import length_prefixed, units_of
from media.sampler import Sampler, Still, still_of
from tests.support.encoded_clip import encoded_clip
from tests.support.h264 import h264_clip

CLIP = encoded_clip(3.0)  # a keyframe a second
KEYFRAME = CLIP.video[0]


def changed(data: bytes) -> EncodedFrame:
    return EncodedFrame(Codec.VP8, data, 0, keyframe=True, heard_at=1.0, at=1.0)


def declaring(width: int, height: int) -> EncodedFrame:
    """The clip's keyframe with another size in its header."""
    size = width.to_bytes(2, "little") + height.to_bytes(2, "little")
    return changed(KEYFRAME.data[:6] + size + KEYFRAME.data[10:])


class Sampled:
    """A sampler at a clock that is set by hand; it waits `wait_s` between stills."""

    def __init__(self, wait_s: float) -> None:
        self.now = 0.0
        self.asked: list[float] = []
        self.stills: asyncio.Queue[Still] = asyncio.Queue()
        self.sampler = Sampler(
            ask_keyframe=lambda: self.asked.append(self.now),
            next_wait=lambda: wait_s,
            on_still=self.stills.put_nowait,
            clock=lambda: self.now,
        )

    def offer(self, frame: EncodedFrame) -> None:
        self.now = frame.heard_at
        self.sampler.offer(frame)

    async def still(self) -> Still:
        async with asyncio.timeout(5):
            return await self.stills.get()


@asynccontextmanager
async def sampled(wait_s: float = 1.5) -> AsyncIterator[Sampled]:
    made = Sampled(wait_s)
    yield made
    await made.sampler.close()


@pytest.mark.rim
async def test_a_still_is_the_picture_of_its_keyframe() -> None:
    async with sampled() as made:
        made.offer(KEYFRAME)
        still = await made.still()
    assert still.at == KEYFRAME.at
    assert still.pixels.shape == (120, 160, 3)
    assert still.pixels.dtype == np.uint8
    blue, green, red = still.pixels[60, 4].astype(int)  # within the clip's red bar
    assert red > 150 > max(blue, green)
    assert np.abs(still.pixels[60, 100].astype(int) - 128).max() < 12
    from_jpeg = cv2.imdecode(np.frombuffer(still.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert from_jpeg is not None
    assert from_jpeg.shape == still.pixels.shape
    assert np.abs(from_jpeg.astype(int) - still.pixels).mean() < 3


async def check(offered: list[EncodedFrame], at: list[float], asked: list[float], wait_s: float = 1.5) -> None:
    """Of what is offered the stills were taken `at`, and keyframes `asked` for."""
    async with sampled(wait_s) as made:
        taken: list[float] = []
        for frame in offered:
            made.offer(frame)
            if len(taken) < len(at) and frame.at == at[len(taken)]:
                taken.append((await made.still()).at)
        assert made.stills.empty()
    assert taken == at
    assert made.asked == pytest.approx(asked)
    assert made.sampler.unreadable == 0


@pytest.mark.rim
@pytest.mark.parametrize(
    ("offered", "at", "asked", "wait_s"),
    [
        (list(CLIP.video), [0.0, 2.0], [1.52], 1.5),  # due at 1.5: asks, and takes the next keyframe
        (list(CLIP.video), [0.0, 1.0, 2.0], [0.72, 1.72, 2.72], 0.7),
        (list(CLIP.video), [0.0, 1.0, 2.0], [], 1.0),  # one comes as it is due
        (list(CLIP.video[1:]), [1.0], [0.04, 2.52], 1.5),  # joined in the middle
        (list(CLIP.video[1:25]) + list(CLIP.video[51:]), [], [0.04, 2.04], 1.5),  # asks again after a second or more
        (list(CLIP.audio), [], [], 1.5),
        # A wish that was fulfilled does not delay the next.
        (list(encoded_clip(1.0, keyframe_every_s=0.4).video), [0.0, 0.4, 0.8], [0.32, 0.72], 0.3),
    ],
)
async def test_a_keyframe_is_taken_when_a_still_is_due(
    offered: list[EncodedFrame], at: list[float], asked: list[float], wait_s: float
) -> None:
    await check(offered, at, asked, wait_s)


@pytest.mark.rim
async def test_one_picture_is_decoded_at_a_time() -> None:
    async with sampled(wait_s=0.0) as made:
        for frame in CLIP.video:  # the loop gets no turn in between
            made.offer(frame)
        assert (await made.still()).at == 0.0
        made.offer(CLIP.video[50])
        assert (await made.still()).at == 2.0
        assert made.stills.empty()


@pytest.mark.rim
async def test_nothing_is_handed_out_after_close() -> None:
    async with sampled() as made:
        made.offer(KEYFRAME)
        await made.sampler.close()
        made.offer(CLIP.video[50])
    assert made.stills.empty()
    assert made.sampler.unreadable == 0


@pytest.mark.rim
async def test_what_cannot_be_decoded_is_counted_and_the_next_is_due_as_ever() -> None:
    async with sampled(wait_s=1.5) as made:
        made.offer(changed(KEYFRAME.data[:14]))  # heard at 1.0
        async with asyncio.timeout(5):
            while made.sampler.unreadable == 0:  # noqa: ASYNC110 (a count has no event)
                await asyncio.sleep(0)  # the loop's turn: the worker's answer comes through it
        made.offer(CLIP.video[50])  # at 2.0
        made.now = 2.5
        made.sampler.offer(CLIP.video[25])
        assert (await made.still()).at == 1.0
    assert made.sampler.unreadable == 1


@pytest.mark.rim
@pytest.mark.parametrize(
    ("width", "height", "decoded"),
    [
        (160, 120, True),
        (161, 121, True),
        (1, 1, True),
        (1920, 1080, True),
        (1080, 1920, True),  # a phone held upright
        (1921, 1080, False),
        (1920, 1081, False),
        (1081, 1920, False),
        (16383, 16383, False),  # 800 MB, from a hundred bytes
        (160, 0, False),
        (0, 120, False),
    ],
)
def test_only_pictures_up_to_1080p_are_decoded(width: int, height: int, *, decoded: bool) -> None:
    still = still_of(declaring(width, height))
    assert (still.pixels.shape if still else None) == ((height, width, 3) if decoded else None)


@pytest.mark.rim
@pytest.mark.parametrize(
    "frame",
    [
        changed(b""),
        changed(KEYFRAME.data[:10]),
        changed(KEYFRAME.data[:50]),
        changed(CLIP.video[1].data),  # a delta frame that claims to be none
        changed(KEYFRAME.data[:3] + b"???" + KEYFRAME.data[6:]),
        changed(bytes([KEYFRAME.data[0] & ~0x10]) + KEYFRAME.data[1:]),  # a picture that is not to be shown
    ],
    ids=["empty", "a header", "cut off", "no keyframe", "no start code", "not to be shown"],
)
def test_a_broken_keyframe_gives_no_still(frame: EncodedFrame) -> None:
    assert still_of(frame) is None


@pytest.mark.rim
@given(
    st.lists(st.tuples(st.integers(0, len(KEYFRAME.data) - 1), st.integers(0, 255)), max_size=8), st.binary(max_size=40)
)
def test_no_bitstream_raises(changes: list[tuple[int, int]], tail: bytes) -> None:
    data = bytearray(KEYFRAME.data)
    for place, value in changes:
        data[place] = value
    still = still_of(changed(bytes(data[: -len(tail) or None]) + tail))
    assert still is None or still.pixels.shape[0] <= 1920


def h264_declaring(width: int, height: int) -> EncodedFrame:
    """A keyframe of H.264 whose parameters say another size than it has."""
    (shown,) = h264_clip(0.04)
    (declared,) = h264_clip(0.04, width, height)
    units = [next(units_of(declared.data)), *list(units_of(shown.data))[1:]]
    return EncodedFrame(Codec.H264, length_prefixed(units), 0, keyframe=True, heard_at=1.0, at=1.0)


@pytest.mark.rim
def test_a_keyframe_of_h264_is_a_still_with_its_own_parameters() -> None:
    frames = h264_clip(1.0)
    still = still_of(frames[0])
    assert still is not None
    assert still.pixels.shape == (120, 160, 3)
    blue, green, red = still.pixels[60, 4].astype(int)  # within the clip's red bar
    assert red > 150 > max(blue, green)
    assert still_of(replace(frames[1], keyframe=True)) is None
    assert still_of(replace(frames[0], data=frames[0].data[:200])) is None
    assert still_of(replace(frames[0], data=b"")) is None


@pytest.mark.rim
def test_parameters_that_declare_too_much_are_refused_before_a_decoder_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def decodes(name: str, mode: str) -> None:
        raise AssertionError("a decoder was made")

    large = h264_declaring(1920, 1104)
    monkeypatch.setattr("media.sampler.VideoCodecContext.create", decodes)
    assert still_of(large) is None


@pytest.mark.rim
def test_a_decoder_that_reads_another_size_than_we_makes_no_still(monkeypatch: pytest.MonkeyPatch) -> None:
    (large,) = h264_clip(0.04, 2560, 1440)
    monkeypatch.setattr("media.h264.picture_size", lambda sps: (640, 480))
    assert still_of(large) is None


@pytest.mark.rim
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=8), st.binary(max_size=40))
def test_no_bitstream_of_h264_raises(changes: list[tuple[int, int]], tail: bytes) -> None:
    (frame,) = h264_clip(0.04)
    data = bytearray(frame.data)
    for place, value in changes:
        data[place % len(data)] = value
    still = still_of(replace(frame, data=bytes(data[: -len(tail) or None]) + tail))
    assert still is None or still.pixels.shape[0] <= 1920
