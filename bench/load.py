"""The picture and the sound that every publisher of a bench sends: encoded once, never again."""

from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import av
import numpy as np

LENGTH_S = 10
KEYFRAME_EVERY_S = 1
SAMPLES_PER_S = 48_000
OPUS_FRAME_S = 0.02
OPUS_BITRATE = 32_000
LONGEST_PAYLOAD = 1100  # bytes: with every header still below the MTU of a mobile network
FIRST_PACKET = b"\x10"  # VP8 payload descriptor: S, partition 0, nothing else (RFC 7741 §4.2)
OTHER_PACKET = b"\x00"


@dataclass(frozen=True, slots=True)
class Packet:
    """An RTP payload of one stream; `at_s` into the clip it is sent, and `index` is its own number."""

    index: int
    at_s: float
    marker: bool
    payload: bytes


@dataclass(frozen=True, slots=True)
class Clip:
    """Ten seconds, sent over and over; no two payloads are alike, so a viewer knows which one it sees."""

    video: tuple[Packet, ...]
    audio: tuple[Packet, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """What a camera is asked for."""

    width: int
    height: int
    fps: int
    bitrate: int  # bits a second of VP8


PERSON = Picture(640, 480, 25, 600_000)
LEARNER = Picture(320, 240, 10, 80_000)


@cache
def clip(picture: Picture = PERSON) -> Clip:
    """VP8 of about that bitrate, and Opus at 32 kbit/s. Takes seconds of CPU."""
    return Clip(tuple(_video_packets(picture)), tuple(_audio_packets()))


def _video_packets(picture: Picture) -> list[Packet]:
    encoder = av.CodecContext.create("libvpx", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    fps, bitrate = picture.fps, str(picture.bitrate)
    encoder.width, encoder.height, encoder.pix_fmt = picture.width, picture.height, "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, fps), Fraction(fps)
    encoder.bit_rate, encoder.gop_size = picture.bitrate, fps * KEYFRAME_EVERY_S
    rate = {"minrate": bitrate, "maxrate": bitrate, "bufsize": bitrate}
    realtime = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "auto-alt-ref": "0"}
    encoder.options = rate | realtime | {"keyint_min": str(encoder.gop_size), "error-resilient": "1"}
    packets: list[Packet] = []
    for number in range(LENGTH_S * fps):
        shown = _picture(number, picture.width, picture.height)
        frame = av.VideoFrame.from_ndarray(shown, format="gray").reformat(format="yuv420p")
        frame.pts, frame.time_base = number, Fraction(1, fps)
        for encoded in encoder.encode(frame):
            data = bytes(encoded)
            for start in range(0, len(data), LONGEST_PAYLOAD):
                part = data[start : start + LONGEST_PAYLOAD]
                descriptor = OTHER_PACKET if start else FIRST_PACKET
                last = start + LONGEST_PAYLOAD >= len(data)
                packets.append(Packet(len(packets), number / fps, last, descriptor + part))
    return packets


def _picture(number: int, width: int, height: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """Stripes that drift, under noise: as hard to encode as a person who moves a little."""
    noise = np.random.default_rng(number).integers(0, 24, (height // 4, width // 4), np.uint8)
    across = np.arange(width)[None, :] + np.arange(height)[:, None] // 2
    stripes = 110 + 80 * np.sin((across + 3 * number) / 40)
    return np.asarray(stripes + noise.repeat(4, 0).repeat(4, 1), np.uint8)


def _audio_packets() -> list[Packet]:
    encoder = av.CodecContext.create("libopus", "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate, encoder.layout, encoder.format = SAMPLES_PER_S, "mono", "s16"
    encoder.bit_rate, encoder.time_base = OPUS_BITRATE, Fraction(1, SAMPLES_PER_S)
    samples = np.random.default_rng(1).normal(0, 3000, LENGTH_S * SAMPLES_PER_S).astype(np.int16)
    length = round(OPUS_FRAME_S * SAMPLES_PER_S)
    packets: list[Packet] = []
    for number in range(round(LENGTH_S / OPUS_FRAME_S)):
        block = samples[None, number * length : (number + 1) * length]
        frame = av.AudioFrame.from_ndarray(block, format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = SAMPLES_PER_S, number * length, Fraction(1, SAMPLES_PER_S)
        for encoded in encoder.encode(frame):
            packets.append(Packet(len(packets), number * OPUS_FRAME_S, marker=False, payload=bytes(encoded)))
    return packets
