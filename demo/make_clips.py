"""How demo/clips/ was made from demo/portraits/: run by hand after a change here, never by the product.

    python demo/make_clips.py                needs a CJK font for the label, e.g. Debian's fonts-noto-cjk

Each clip loops: every movement and every sound has a whole number of periods in its length. Only gentle, global
movements and a moving mouth: enough for keyframes that differ, and one face on a plain background in all of them.
"""

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

HERE = Path(__file__).parent
LABEL = "演示画面 · DEMO"
FONTS = ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc")

WIDTH, HEIGHT, FPS, LENGTH_S = 640, 480, 25, 8
KEYFRAME_EVERY = 12  # frames: a still is never more than half a second away
SAMPLES_PER_S, OPUS_FRAME = 48_000, 960
WALL = (214, 210, 204)  # BGR, a plain light wall

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Person:
    """A portrait, where its face is (left, top, width, height), and what around it is certainly not the person."""

    portrait: str
    face: tuple[int, int, int, int]
    wall: tuple[tuple[tuple[int, int], ...], ...]
    zoom: float
    mouth: tuple[int, int]

    def cut_out(self) -> tuple[Picture, NDArray[np.float32]]:
        """The portrait and how much of each pixel is the person."""
        picture = np.asarray(Image.open(HERE / "portraits" / self.portrait).convert("RGB"))[:, :, ::-1].copy()
        left, top, width, height = self.face
        middle = (left + width // 2, top + height // 2)
        bottom = picture.shape[0]
        mask = np.full(picture.shape[:2], cv2.GC_PR_BGD, np.uint8)
        cv2.rectangle(mask, (0, top + int(1.35 * height)), (picture.shape[1], bottom), cv2.GC_PR_FGD, -1)
        cv2.ellipse(mask, middle, (int(0.95 * width), int(0.95 * height)), 0, 0, 360, cv2.GC_PR_FGD, -1)
        cv2.ellipse(mask, middle, (int(0.5 * width), int(0.55 * height)), 0, 0, 360, cv2.GC_FGD, -1)
        cv2.rectangle(mask, (left, top + int(1.3 * height)), (left + width, bottom), cv2.GC_FGD, -1)
        for corners in self.wall:
            cv2.fillPoly(mask, [np.array(corners, np.int32)], cv2.GC_BGD)
        cv2.grabCut(picture, mask, (0, 0, 1, 1), np.zeros((1, 65)), np.zeros((1, 65)), 6, cv2.GC_INIT_WITH_MASK)
        person = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.float32)
        clean = cv2.morphologyEx(person, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
        soft = cv2.GaussianBlur(cv2.erode(clean, np.ones((3, 3), np.uint8)), (0, 0), 1.2)
        return picture, np.asarray(soft, np.float32)


SUBJECT = Person(
    "subject.jpg",
    face=(128, 63, 90, 113),
    wall=(
        ((0, 0), (70, 0), (70, 190), (30, 225), (0, 290)),
        ((262, 0), (360, 0), (360, 290), (312, 290), (300, 235), (262, 200)),
    ),
    zoom=2.0,
    mouth=(172, 145),
)
STRANGER = Person(
    "stranger.jpg",
    face=(183, 120, 170, 212),
    wall=(
        (
            (0, 0),
            (172, 0),
            (172, 80),
            (145, 95),
            (143, 190),
            (160, 250),
            (185, 290),
            (190, 320),
            (130, 355),
            (60, 375),
            (0, 420),
        ),
        ((380, 0), (512, 0), (512, 380), (440, 350), (370, 320), (372, 290), (385, 190)),
    ),
    zoom=1.25,
    mouth=(271, 274),
)


def turn(t: float, periods: int, phase: float = 0.0) -> float:
    """A sine with a whole number of periods in the clip."""
    return math.sin(2 * math.pi * (periods * t / LENGTH_S + phase))


def speaking(t: float) -> float:
    """How open the mouth is at `t`, 0–1: syllables in phrases."""
    phrase = math.sqrt(max(0.0, turn(t, 2, 0.05)))
    return phrase * (0.5 + 0.5 * turn(t, 27)) * (0.7 + 0.3 * turn(t, 19))


def moved(person: Person, picture: Picture, alpha: NDArray[np.float32], t: float) -> Picture:
    """The person at `t`: swaying, nodding, turning a little, with a moving mouth, before the wall."""
    left, top, width, height = person.face
    middle = np.array([left + width / 2, top + height / 2])
    zoom = person.zoom * (1 + 0.03 * turn(t, 1, 0.2))
    angle = 2.5 * turn(t, 2)
    matrix = cv2.getRotationMatrix2D((float(middle[0]), float(middle[1])), angle, zoom)
    matrix[:, 2] += np.array([WIDTH / 2 + 16 * turn(t, 1), HEIGHT * 0.44 + 7 * turn(t, 3, 0.3)]) - middle

    # Back from each pixel of the frame to the portrait, then the turn and the mouth as small moves of that place.
    back = cv2.invertAffineTransform(matrix)
    x, y = np.meshgrid(np.arange(WIDTH, dtype=np.float32), np.arange(HEIGHT, dtype=np.float32))
    u = back[0, 0] * x + back[0, 1] * y + back[0, 2]
    v = back[1, 0] * x + back[1, 1] * y + back[1, 2]
    nearness = np.exp(-(((u - middle[0]) / width) ** 2) - (((v - middle[1]) / height) ** 2))
    u = u - 0.03 * width * turn(t, 1, 0.4) * nearness
    v = v - 0.02 * height * turn(t, 3, 0.1) * nearness
    lips = np.exp(-(((u - person.mouth[0]) / (0.24 * width)) ** 2) - (((v - person.mouth[1]) / (0.11 * height)) ** 2))
    v = v - 0.035 * height * speaking(t) * lips * np.sign(v - person.mouth[1])

    places = (u.astype(np.float32), v.astype(np.float32))
    colours = cv2.remap(picture, *places, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    share = cv2.remap(alpha, *places, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[:, :, None]
    return np.asarray(colours * share + wall() * (1 - share), np.uint8)


def wall() -> Picture:
    """A plain wall, a little lighter above."""
    light = np.linspace(1.04, 0.94, HEIGHT)[:, None, None]
    return np.asarray(np.clip(np.full((HEIGHT, WIDTH, 3), WALL) * light, 0, 255), np.uint8)


def figure(t: float) -> Picture:
    """The outline of a person, without a face: a clip in which there is nothing to compare."""
    picture = wall()
    x, y = int(WIDTH / 2 + 8 * turn(t, 1)), int(HEIGHT * 0.42 + 4 * turn(t, 2, 0.1))
    shade = (104, 118, 92)
    cv2.ellipse(picture, (x, HEIGHT + 40), (225, 220), 0, 180, 360, shade, -1, cv2.LINE_AA)
    cv2.rectangle(picture, (x - 40, y + 70), (x + 40, y + 160), shade, -1)
    cv2.ellipse(picture, (x, y), (88, 114), 0, 0, 360, shade, -1, cv2.LINE_AA)
    return picture


def label() -> tuple[Picture, NDArray[np.float32]]:
    """The words that no clip is without, and their share of each pixel."""
    path = next((font for font in FONTS if Path(font).is_file()), None)
    if path is None:
        sys.exit("no CJK font found: install fonts-noto-cjk")
    font = ImageFont.truetype(path, 22)
    layer = Image.new("RGBA", (WIDTH, HEIGHT), (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    draw.rounded_rectangle((16, 16, 36 + draw.textlength(LABEL, font), 54), 8, fill=(20, 40, 32, 190))
    draw.text((26, 19), LABEL, font=font, fill=(255, 255, 255, 255))
    pixels = np.asarray(layer)
    return pixels[:, :, 2::-1].copy(), np.asarray(pixels[:, :, 3:] / 255, np.float32)


def sound(pitch_hz: float, *, talking: bool) -> NDArray[np.int16]:
    """A soft hum with the rhythm of speech, or the quiet of a room; no words are said."""
    t = np.arange(LENGTH_S * SAMPLES_PER_S) / SAMPLES_PER_S
    noise = np.random.default_rng(2026).normal(0, 0.002, t.size)
    if not talking:
        return np.asarray(noise * 32767, np.int16)
    pitch = round(pitch_hz * LENGTH_S) / LENGTH_S  # whole periods
    loudness = np.array([speaking(x) for x in t[:: OPUS_FRAME // 4]]).repeat(OPUS_FRAME // 4)[: t.size]
    loudness = np.convolve(loudness, np.hanning(2400) / 1200, "same")
    voice = sum(np.sin(2 * math.pi * pitch * n * t) * math.exp(-((n - 4) ** 2) / 12) for n in range(1, 12))
    return np.asarray(np.clip(0.12 * loudness * voice + noise, -1, 1) * 32767, np.int16)


def encode(path: Path, picture_at: Callable[[float], Picture], samples: NDArray[np.int16]) -> None:
    """VP8 without hidden frames, and Opus, side by side in WebM."""
    words, share = label()
    with av.open(str(path), "w", format="webm") as container:
        video = container.add_stream("libvpx", rate=FPS)
        video.width, video.height, video.pix_fmt, video.bit_rate = WIDTH, HEIGHT, "yuv420p", 600_000
        video.codec_context.gop_size = KEYFRAME_EVERY
        video.options = {
            "deadline": "good",
            "cpu-used": "1",
            "keyint_min": str(KEYFRAME_EVERY),
            "auto-alt-ref": "0",
            "lag-in-frames": "0",
            "error-resilient": "1",
            "bufsize": "1200k",
        }
        audio = container.add_stream("libopus", rate=SAMPLES_PER_S, layout="mono")
        audio.bit_rate = 24_000
        for n in range(FPS * LENGTH_S):
            pixels = np.asarray(picture_at(n / FPS) * (1 - share) + words * share, np.uint8)
            frame = av.VideoFrame.from_ndarray(pixels, format="bgr24")
            frame.pts, frame.time_base = n, Fraction(1, FPS)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        for start in range(0, samples.size, OPUS_FRAME):
            block = av.AudioFrame.from_ndarray(samples[None, start : start + OPUS_FRAME], format="s16", layout="mono")
            block.sample_rate, block.pts, block.time_base = SAMPLES_PER_S, start, Fraction(1, SAMPLES_PER_S)
            container.mux(audio.encode(block))
        container.mux(audio.encode(None))


def main() -> None:
    clips = HERE / "clips"
    for name, person, pitch in (("subject", SUBJECT, 196.0), ("stranger", STRANGER, 165.0)):
        picture, alpha = person.cut_out()
        encode(clips / f"{name}.webm", partial(moved, person, picture, alpha), sound(pitch, talking=True))
    encode(clips / "nobody.webm", lambda t: wall(), sound(0, talking=False))
    encode(clips / "officer.webm", figure, sound(147.0, talking=True))


if __name__ == "__main__":
    main()
