"""A short clip as a browser would send it: VP8 and Opus, encoded once, on one clock that starts at zero."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.video.codeccontext import VideoCodecContext

from media.frames import CLOCK_RATE, Codec, EncodedFrame

PICTURES_PER_S = 25
OPUS_SAMPLES = 960  # 20 ms


@dataclass(frozen=True, slots=True)
class Clip:
    """Encoded frames, all of `video` before all of `audio`; `at` and `heard_at` in seconds from the clip's start."""

    video: tuple[EncodedFrame, ...]
    audio: tuple[EncodedFrame, ...]

    def frames(self) -> list[EncodedFrame]:
        """Both kinds in the order in which they happened."""
        return sorted((*self.video, *self.audio), key=lambda frame: frame.at)


def moved(frame: EncodedFrame, seconds: float) -> EncodedFrame:
    """The same frame as if it had happened `seconds` later."""
    rtp_time = (frame.rtp_time + round(seconds * CLOCK_RATE[frame.kind])) & 0xFFFF_FFFF
    return EncodedFrame(frame.codec, frame.data, rtp_time, frame.keyframe, frame.heard_at + seconds, frame.at + seconds)


@lru_cache
def encoded_clip(seconds: float = 3.0, width: int = 160, height: int = 120, keyframe_every_s: float = 1.0) -> Clip:
    """A grey picture with a bar that moves, and a tone."""
    video = tuple(_video(seconds, width, height, round(keyframe_every_s * PICTURES_PER_S)))
    return Clip(video, tuple(_audio(seconds)))


def vp8_packets(data: bytes, size: int = 1000) -> list[tuple[bytes, bool]]:
    """The frame as RTP payloads of at most `size` + 1 bytes, each with its marker (RFC 7741 §4.2, no extensions)."""
    parts = [data[start : start + size] for start in range(0, len(data), size)]
    last = len(parts) - 1
    return [(bytes([0x10 if n == 0 else 0x00]) + part, n == last) for n, part in enumerate(parts)]


def _video(seconds: float, width: int, height: int, keyframe_every: int) -> Iterator[EncodedFrame]:
    encoder = VideoCodecContext.create("libvpx", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, PICTURES_PER_S), Fraction(PICTURES_PER_S)
    encoder.bit_rate, encoder.gop_size = 200_000, keyframe_every
    encoder.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "auto-alt-ref": "0"}
    count = round(seconds * PICTURES_PER_S)
    for n in range(count):
        pixels = np.full((height, width, 3), 128, np.uint8)
        pixels[:, (n * 4) % width : (n * 4) % width + 8] = (0, 0, 255)
        picture = av.VideoFrame.from_ndarray(pixels, format="bgr24")
        picture.pts = n
        packets = encoder.encode(picture) + (encoder.encode(None) if n == count - 1 else [])
        for packet in packets:
            at = (packet.pts or 0) / PICTURES_PER_S
            yield EncodedFrame(Codec.VP8, bytes(packet), round(at * 90_000), packet.is_keyframe, at, at)


def _audio(seconds: float) -> Iterator[EncodedFrame]:
    encoder = AudioCodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = 48_000, "stereo", "s16"
    encoder.bit_rate = 32_000
    for n in range(round(seconds * 48_000 / OPUS_SAMPLES)):
        moments = (np.arange(OPUS_SAMPLES) + n * OPUS_SAMPLES) / 48_000
        tone = (np.sin(moments * 440 * 2 * np.pi) * 8000).astype(np.int16)
        sound = av.AudioFrame.from_ndarray(np.repeat(tone, 2).reshape(1, -1), format="s16", layout="stereo")
        sound.sample_rate, sound.pts = 48_000, n * OPUS_SAMPLES
        for packet in encoder.encode(sound):
            at = n * OPUS_SAMPLES / 48_000
            yield EncodedFrame(Codec.OPUS, bytes(packet), n * OPUS_SAMPLES, keyframe=True, heard_at=at, at=at)
