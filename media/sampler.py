"""The sampler: a frame sink that makes a still of one keyframe whenever one is due, and decodes nothing else."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from random import SystemRandom

import av
import numpy as np
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext
from numpy.typing import NDArray

from media.formats import declared
from media.frames import Codec, EncodedFrame, KeyframeWish, Kind

LONG_SIDE, SHORT_SIDE = 1920, 1080  # the largest picture that is decoded, upright or across
LARGEST = 1920 * 1088  # pixels, in blocks of 16: what the decoder is told, should it read the size otherwise than we
JPEG_SCALE = "3"  # of 2–31: about quality 90, finer than what the call has left of the picture


@dataclass(frozen=True, slots=True)
class Still:
    """One decoded picture: height × width × 3 bytes, blue first, and the same as a JPEG; `at` on the server's clock."""

    pixels: NDArray[np.uint8]
    jpeg: bytes
    at: float


@dataclass(frozen=True, slots=True)
class Pause:
    """Between two stills: a random time from `shortest_s` to `longest_s`, so that nobody knows when the next is due."""

    shortest_s: float
    longest_s: float

    def drawn(self) -> float:
        """One of them, from the system's own randomness."""
        return SystemRandom().uniform(self.shortest_s, self.longest_s)


class Sampler:
    """Hands `on_still` a picture at its first chance and then after each `next_wait()` seconds, on the event loop.

    There is no timer: where no frames come there is nothing to sample. One picture is decoded at a time, in one named
    thread. What cannot be decoded is counted in `unreadable`; the next is due as ever.
    """

    def __init__(
        self,
        ask_keyframe: Callable[[], None],
        next_wait: Callable[[], float],
        on_still: Callable[[Still], object],
        clock: Callable[[], float],
    ) -> None:
        self.unreadable = 0
        self._wish = KeyframeWish(ask_keyframe)
        self._next_wait = next_wait
        self._on_still = on_still
        self._clock = clock
        self._due_at = float("-inf")
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="sampler")
        self._decoding: asyncio.Future[Still | None] | None = None
        self._closed = False

    def offer(self, frame: EncodedFrame) -> None:
        if (
            frame.kind is Kind.AUDIO
            or self._decoding is not None
            or self._closed
            or (now := self._clock()) < self._due_at
        ):
            return
        if not frame.keyframe:
            self._wish.repeat(now)
            return
        self._wish.fulfilled()
        self._decoding = asyncio.get_running_loop().run_in_executor(self._worker, still_of, frame)
        self._decoding.add_done_callback(self._decoded)
        self._due_at = now + self._next_wait()

    async def close(self) -> None:
        """No still is handed out after this, and nothing is being decoded any more."""
        self._closed = True
        self._worker.shutdown(wait=False, cancel_futures=True)
        if self._decoding is not None:
            await asyncio.wait([self._decoding])

    def _decoded(self, decoding: "asyncio.Future[Still | None]") -> None:
        self._decoding = None
        if self._closed:
            return
        still = decoding.result()
        if still is None:
            self.unreadable += 1
        else:
            self._on_still(still)


def still_of(keyframe: EncodedFrame) -> Still | None:
    """The keyframe's picture; None if it is too large, hides its picture, or is broken. Blocking."""
    picture = declared(keyframe.codec, keyframe.data)
    if picture is None:
        return None
    size = picture.width, picture.height
    if not (0 < min(size) <= SHORT_SIDE and max(size) <= LONG_SIDE):
        return None  # before the decoder allocates anything for it
    try:
        # A new one each time: nothing that one bitstream did to it reaches the next.
        decoder = VideoCodecContext.create("vp8" if keyframe.codec is Codec.VP8 else "h264", "r")
        decoder.thread_count = 1
        decoder.options = {"max_pixels": str(LARGEST)}
        if picture.configuration:
            decoder.extradata = picture.configuration
        pictures = decoder.decode(av.Packet(keyframe.data)) + decoder.decode(None)
        if len(pictures) != 1 or (pictures[0].width, pictures[0].height) != size:
            return None
        pixels = pictures[0].to_ndarray(format="bgr24").astype(np.uint8, copy=False)
        return Still(pixels, _jpeg(pictures[0]), keyframe.at)
    except FFmpegError:
        return None


def _jpeg(picture: av.VideoFrame) -> bytes:
    encoder = VideoCodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = picture.width, picture.height, "yuvj420p"
    encoder.time_base = Fraction(1)  # it insists on one
    encoder.thread_count = 1
    encoder.options = {"qmin": JPEG_SCALE, "qmax": JPEG_SCALE}
    whole = picture.reformat(format="yuvj420p")
    return b"".join(map(bytes, encoder.encode(whole) + encoder.encode(None)))
