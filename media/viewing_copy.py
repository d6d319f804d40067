"""A copy of a recording for browsers that cannot play it: H.264 and AAC in an MP4. `python -m` this makes one.

It runs in a process of its own, because it decodes what a stranger's browser has sent, and for minutes. The copy keeps
the recording's clock, and shows black and is silent where the recording has nothing. It is no evidence. Pictures that
are H.264 already, and of one size, are copied as they are.
"""

import os
import resource
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from media import recording

LONGEST_CPU_S = 3600  # an hour of 640×480 takes ten minutes on a slow machine
LARGEST = 4 << 30  # bytes
MOST_MEMORY = 4 << 30  # bytes of address space
LAST_IN_LINE = 19  # of the scheduler's nice values: a call goes before

SAMPLE_RATE = 48_000
ENCODED_AT_ONCE = 1024  # samples of an AAC frame
SLACK = SAMPLE_RATE // 25  # samples: nearer than this, sound is where it belongs
LARGEST_SIDE = 1280


def make(source: Path, target: Path, said: Callable[[int], None]) -> None:
    """Write the copy; `said` is told per cent as they are done. Raises FFmpegError, or OSError."""
    with (
        av.open(str(source)) as opened,
        av.open(str(target), "w", format="mp4", options={"movflags": "faststart"}) as copy,
    ):
        whole_s = (opened.duration or 0) / av.time_base
        copied = _CopiedPicture(copy, opened.streams.video[0]) if _may_be_copied(opened, source) else None
        fresh = copied is None and opened.streams.video
        picture = _Picture(copy, opened.streams.video[0].codec_context) if fresh else None
        sound = _Sound(copy) if opened.streams.audio else None
        done = -1
        for packet in opened.demux():
            if copied is not None and packet.stream.type == "video":
                copied.add(packet)
                continue
            for frame in _decoded(packet):
                if isinstance(frame, VideoFrame) and picture is not None:
                    picture.add(frame)
                elif isinstance(frame, av.AudioFrame) and sound is not None:
                    sound.add(frame)
            if packet.pts is not None and whole_s:
                now_done = min(99, int(100 * packet.pts * packet.time_base / whole_s))
                if now_done > done:
                    done = now_done
                    said(done)
        for part in (picture, sound):
            if part is not None:
                part.end()


def _may_be_copied(opened: InputContainer, source: Path) -> bool:
    """Whether a phone's player shows these pictures as they are: some keep the first one's size for all."""
    codecs = [video.codec_context.name for video in opened.streams.video]
    return codecs == ["h264"] and len(recording.read_back(source, broken=False).sizes) == 1


def _decoded(packet: "av.Packet[Any]") -> Iterator[object]:
    """What a packet shows; nothing if it is broken, as a player would have it."""
    try:
        yield from packet.decode()
    except FFmpegError:
        return


class _CopiedPicture:
    """Pictures as they are."""

    def __init__(self, copy: OutputContainer, recorded: VideoStream) -> None:
        self._copy = copy
        self._stream = copy.add_stream_from_template(recorded)
        self._newest = -1

    def add(self, packet: "av.Packet[Any]") -> None:
        if packet.pts is None:
            return  # the end
        # In their order of decoding, which is that of showing: no browser sends pictures that refer to later ones.
        self._newest = packet.pts = packet.dts = max(packet.pts, self._newest + 1)
        packet.stream = self._stream
        self._copy.mux(packet)


class _Picture:
    """Pictures of any size in one frame, each until the next one; black before the first."""

    def __init__(self, copy: OutputContainer, recorded: av.VideoCodecContext) -> None:
        scale = min(1.0, LARGEST_SIDE / max(recorded.width, recorded.height, 1))
        self._width, self._height = (max(16, int(side * scale) // 2 * 2) for side in (recorded.width, recorded.height))
        self._copy = copy
        self._stream: VideoStream = copy.add_stream("libx264", rate=25)
        context = self._stream.codec_context
        context.width, context.height, context.pix_fmt = self._width, self._height, "yuv420p"
        context.time_base = Fraction(1, 1000)
        context.thread_count = 1
        # No picture refers to a later one, so the order of decoding is that of showing; a keyframe every 50 at most.
        context.options = {"preset": "superfast", "crf": "26", "bf": "0", "g": "50"}
        self._newest_ms = -1

    def add(self, picture: VideoFrame) -> None:
        ms = round(float(picture.pts or 0) * float(picture.time_base or 0) * 1000)
        if self._newest_ms < 0 < ms:
            self._encode(VideoFrame.from_ndarray(self._black(), format="rgb24"), 0)
        if ms > self._newest_ms:
            self._encode(self._fitted(picture), ms)

    def end(self) -> None:
        self._copy.mux(self._stream.encode(None))

    def _encode(self, picture: VideoFrame, ms: int) -> None:
        picture.pts, picture.time_base = ms, Fraction(1, 1000)
        picture.pict_type = av.video.frame.PictureType.NONE  # the recording's keyframes are not the copy's
        self._newest_ms = ms
        self._copy.mux(self._stream.encode(picture))

    def _fitted(self, picture: VideoFrame) -> VideoFrame:
        """As large as the copy's; a phone that was turned has black at its sides."""
        if (picture.width, picture.height) == (self._width, self._height):
            return picture
        scale = min(self._width / picture.width, self._height / picture.height)
        width, height = max(2, int(picture.width * scale)), max(2, int(picture.height * scale))
        canvas = self._black()
        top, left = (self._height - height) // 2, (self._width - width) // 2
        smaller = picture.reformat(width, height, "rgb24").to_ndarray()
        canvas[top : top + height, left : left + width] = smaller
        return VideoFrame.from_ndarray(canvas, format="rgb24").reformat(format="yuv420p")

    def _black(self) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
        return np.zeros((self._height, self._width, 3), np.uint8)


class _Sound:
    """Sound without a hole from zero on: silence where nothing was recorded."""

    def __init__(self, copy: OutputContainer) -> None:
        self._copy = copy
        self._stream: AudioStream = copy.add_stream("aac", rate=SAMPLE_RATE, layout="stereo")
        self._stream.codec_context.bit_rate = 96_000
        self._resampler = AudioResampler("fltp", "stereo", SAMPLE_RATE)
        self._written = 0
        self._waiting = np.zeros((2, 0), np.float32)

    def add(self, frame: av.AudioFrame) -> None:
        begins = round(float(frame.pts or 0) * float(frame.time_base or 0) * SAMPLE_RATE)
        frame.pts = None
        for resampled in self._resampler.resample(frame):
            samples = resampled.to_ndarray().astype(np.float32, copy=False)
            missing = begins - self._written - self._waiting.shape[1]
            while missing > SLACK:  # by the second: an hour of silence need not be in memory
                silent = min(missing, SAMPLE_RATE)
                self._write(np.zeros((2, silent), np.float32))
                missing -= silent
            self._write(samples[:, -missing:] if missing < -SLACK else samples)

    def end(self) -> None:
        self._write(np.zeros((2, -self._waiting.shape[1] % ENCODED_AT_ONCE), np.float32))
        self._copy.mux(self._stream.encode(None))

    def _write(self, samples: "np.ndarray[tuple[int, ...], np.dtype[np.float32]]") -> None:
        self._waiting = np.concatenate([self._waiting, samples], axis=1)
        whole = self._waiting.shape[1] // ENCODED_AT_ONCE * ENCODED_AT_ONCE
        for start in range(0, whole, ENCODED_AT_ONCE):
            part = np.ascontiguousarray(self._waiting[:, start : start + ENCODED_AT_ONCE])
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, self._written, Fraction(1, SAMPLE_RATE)
            self._written += ENCODED_AT_ONCE
            self._copy.mux(self._stream.encode(frame))
        self._waiting = self._waiting[:, whole:]


def main() -> None:
    source, target = map(Path, sys.argv[1:3])
    os.nice(LAST_IN_LINE)
    for what, most in (
        (resource.RLIMIT_CPU, LONGEST_CPU_S),
        (resource.RLIMIT_FSIZE, LARGEST),
        (resource.RLIMIT_AS, MOST_MEMORY),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    os.umask(0o077)
    make(source, target, lambda percent: print(percent, flush=True))  # noqa: T201 (whoever started us reads it)


if __name__ == "__main__":
    main()
