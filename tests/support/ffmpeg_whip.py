"""A device that is FFmpeg's own WHIP client, the muxer in PyAV's libraries.

`python -m tests.support.ffmpeg_whip URL TOKEN KINDS [NAME=VALUE…]` streams a tone (`audio`), or that and a picture in
H.264 (`audio+video`), until its standard input ends; then it says goodbye.
"""

import sys
import threading
import time
from fractions import Fraction

import av
import numpy as np

FRAME_S = 0.02  # an Opus packet
PICTURES_PER_S = 10
SIZE = (320, 240)


def stream(url: str, token: str, kinds: set[str], options: dict[str, str], over: threading.Event) -> None:
    container = av.open(url, "w", format="whip", options={"authorization": token, **options})
    sound = container.add_stream("libopus", rate=48_000)
    sound.layout = "stereo"
    picture = None
    if "video" in kinds:
        picture = container.add_stream("libx264", rate=PICTURES_PER_S)
        picture.width, picture.height, picture.pix_fmt = *SIZE, "yuv420p"
        picture.options = {"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline", "g": "20", "bf": "0"}
        picture.codec_context.flags |= av.codec.context.Flags.global_header  # FFmpeg reads the profile from there
    began = time.monotonic()
    shown = 0
    for n in range(1 << 30):
        if over.wait(max(0.0, began + n * FRAME_S - time.monotonic())):
            break
        tone = np.zeros((1, 2 * 960), np.int16)
        heard = av.AudioFrame.from_ndarray(tone, format="s16", layout="stereo")
        heard.sample_rate, heard.pts, heard.time_base = 48_000, n * 960, Fraction(1, 48_000)
        container.mux(sound.encode(heard))
        if picture is not None and n * FRAME_S * PICTURES_PER_S >= shown:
            pixels = np.full((SIZE[1], SIZE[0], 3), shown * 5 % 256, np.uint8)
            seen = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            seen.pts, seen.time_base = shown, Fraction(1, PICTURES_PER_S)
            container.mux(picture.encode(seen))
            shown += 1
    container.close()


def main(url: str, token: str, kinds: str, *options: str) -> None:
    over = threading.Event()

    def wait() -> None:
        sys.stdin.read()
        over.set()

    threading.Thread(target=wait, daemon=True).start()
    stream(url, token, set(kinds.split("+")), dict(option.split("=") for option in options), over)


if __name__ == "__main__":
    main(*sys.argv[1:])
