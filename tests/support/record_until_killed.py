"""A program that records a clip over and over at its own pace, and says how far it is, until it is killed."""

import sys
import time
from itertools import count
from pathlib import Path

from media.recorder import Recorder
from tests.support.encoded_clip import Clip, encoded_clip, moved
from tests.support.h264 import h264_clip


def record(folder: Path, codec: str) -> None:
    clip = encoded_clip(3.0)
    frames = (Clip(h264_clip(3.0), clip.audio) if codec == "h264" else clip).frames()
    zero = time.monotonic()
    recorder = Recorder(folder, zero, ask_keyframe=lambda: None)
    for turn in count():
        for frame in frames:
            at = 3.0 * turn + frame.at
            time.sleep(max(0.0, zero + at - time.monotonic()))
            recorder.offer(moved(frame, zero + 3.0 * turn))
            sys.stdout.write(f"{at}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    record(Path(sys.argv[1]), sys.argv[2])
