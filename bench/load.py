"""The picture and the sound that every publisher of a bench sends: encoded once, never again."""

from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import av
import numpy as np

FPS = 25
WIDTH, HEIGHT = 640, 480
BITRATE = 600_000  # bits a second of VP8
KEYFRAME_EVERY = FPS  # one a second
LENGTH_S = 10
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


@cache
def clip() -> Clip:
    """VP8 640×480 at 25 pictures a second, about 600 kbit/s, and Opus at 32 kbit/s. Takes seconds of CPU."""
    return Clip(tuple(_video_packets()), tuple(_audio_packets()))


def _video_packets() -> list[Packet]:
    encoder = av.CodecContext.create("libvpx", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, FPS), Fraction(FPS)
    encoder.bit_rate, encoder.gop_size = BITRATE, KEYFRAME_EVERY
    rate = {"minrate": str(BITRATE), "maxrate": str(BITRATE), "bufsize": str(BITRATE)}
    realtime = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "auto-alt-ref": "0"}
    encoder.options = rate | realtime | {"keyint_min": str(KEYFRAME_EVERY), "error-resilient": "1"}
    packets: list[Packet] = []
    for number in range(LENGTH_S * FPS):
        frame = av.VideoFrame.from_ndarray(_picture(number), format="gray").reformat(format="yuv420p")
        frame.pts, frame.time_base = number, Fraction(1, FPS)
        for encoded in encoder.encode(frame):
            data = bytes(encoded)
            for start in range(0, len(data), LONGEST_PAYLOAD):
                part = data[start : start + LONGEST_PAYLOAD]
                descriptor = OTHER_PACKET if start else FIRST_PACKET
                last = start + LONGEST_PAYLOAD >= len(data)
                packets.append(Packet(len(packets), number / FPS, last, descriptor + part))
    return packets


def _picture(number: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """Stripes that drift, under noise: as hard to encode as a person who moves a little."""
    noise = np.random.default_rng(number).integers(0, 24, (HEIGHT // 4, WIDTH // 4), np.uint8)
    across = np.arange(WIDTH)[None, :] + np.arange(HEIGHT)[:, None] // 2
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
