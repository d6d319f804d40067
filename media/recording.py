"""A recording's folder: an init file and cluster files while it runs, then the one seekable file they become."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path

from media import webm
from media.formats import DECLARED_WITHIN, declared
from media.frames import Codec, Kind

INIT = "init.webm"
WHOLE = "recording.webm"
WHOLE_WITH_H264 = "recording.mkv"  # WebM has no H.264; Matroska is the same otherwise
SUFFIXES = (".webm", ".mkv")
LAST_FRAME_MS = 20  # how long the last frame lasts, which no file says: an Opus packet
MOST_SIZES = 100  # of the picture; a browser adapts every few seconds at worst, and a hostile one with each frame
LONGEST_PAUSE_MS = 1000  # between two frames of a kind; more is a gap, and a reviewer is told


@dataclass(frozen=True, slots=True)
class Gap:
    """Nothing of this kind between two moments, in seconds on the check-in's clock."""

    kind: Kind
    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True)
class PictureSize:
    """What the picture measures from this moment on, in seconds on the check-in's clock."""

    from_s: float
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a recording came to. `path` is None when there is nothing to play: no frame, or no room on the disk.

    The file keeps the check-in's clock: its first frame lies at `starts_at_s`, its end `seconds` later. `broken` says
    that it stopped before it was told to. `sizes` are the first and each that differs from the one before, the first
    MOST_SIZES of them: browsers adapt the picture to the network.
    """

    path: Path | None
    seconds: float
    starts_at_s: float
    gaps: tuple[Gap, ...]
    broken: bool
    sizes: tuple[PictureSize, ...] = ()


class ClusterFiles:
    """The files of a recording in progress. What was flushed survives our death, what was closed that of the machine.

    Every method may raise OSError; after that the files are as kill -9 would have left them, and only `close` is left.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = 0
        self._file: int | None = None
        self._unwritten = bytearray()

    def open(self) -> None:
        self._begin(INIT)
        self._unwritten += webm.live_head()

    @property
    def left_open(self) -> bool:
        """Whether somebody has begun here and not come to the end."""
        return (self._folder / INIT).exists()

    def go_on(self) -> dict[Kind, int]:
        """Go on behind the last file of whoever left this open; the latest ms in it, by kind."""
        left = sorted(self._folder.glob("*.cluster"))
        self._number = int(left[-1].stem) if left else 0
        blocks = (
            block for path in left[-1:] for cluster in webm.clusters(path.read_bytes()) for block in cluster.blocks
        )
        latest = dict.fromkeys(Kind, 0)
        for block in blocks:
            latest[block.kind] = max(latest[block.kind], block.ms)
        return latest

    def begin(self, head: bytes) -> None:
        """Close the file before, if there is one, and begin the next with the head of its cluster."""
        if self._file is not None:
            self.flush()
            self.close()
        self._number += 1
        self._begin(f"{self._number:06}.cluster")
        self._unwritten += head

    def append(self, block: bytes) -> None:
        self._unwritten += block

    def flush(self) -> None:
        assert self._file is not None
        while self._unwritten:
            del self._unwritten[: os.write(self._file, self._unwritten)]

    def close(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            try:
                os.fsync(file)
            finally:
                os.close(file)
            _sync_folder(self._folder)

    def _begin(self, name: str) -> None:
        self._file = os.open(self._folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)


class _Contents:
    """What the clusters hold, read in their order."""

    def __init__(self) -> None:
        self.times: dict[Kind, list[int]] = {}
        self.sizes: list[PictureSize] = []
        self.length = 0
        self._cues: dict[Kind, list[webm.Cue]] = {kind: [] for kind in Kind}
        self._codecs: set[Codec] = set()  # of pictures
        self._first: dict[Codec, webm.Picture] = {}  # what each began with

    def read(self, data: bytes | mmap) -> None:
        for cluster in webm.clusters(data):
            cued: set[Codec] = set()
            for block in cluster.blocks:
                self.times.setdefault(block.kind, []).append(block.ms)
                if block.keyframe and block.codec not in cued:
                    cued.add(block.codec)
                    self._cues[block.kind].append(webm.Cue(block.codec, block.ms, self.length))
                if block.kind is Kind.VIDEO:
                    self._codecs.add(block.codec)
                    if block.keyframe and len(self.sizes) < MOST_SIZES:
                        head = data[block.start : min(block.end, block.start + DECLARED_WITHIN[block.codec])]
                        self._measure(block.ms, declared(block.codec, head))
            self.length += cluster.end - cluster.start

    @property
    def name(self) -> str:
        """What the whole is to be called."""
        return WHOLE_WITH_H264 if Codec.H264 in self._codecs else WHOLE

    def head(self) -> bytes:
        cues = self._cues[Kind.VIDEO] or self._cues[Kind.AUDIO]  # a picture can only be entered at a keyframe
        pictures = [self._first.get(one, webm.Picture(one, *webm.NO_PICTURE_YET)) for one in sorted(self._codecs)]
        sound = Kind.AUDIO in self.times
        return webm.finished_head(self._end_ms(), pictures, sound=sound, cues=cues, clusters_length=self.length)

    def recorded(self, path: Path, *, broken: bool) -> Recorded:
        start = self._start_ms()
        return Recorded(
            path, (self._end_ms() - start) / 1000, start / 1000, gaps_in(self.times), broken, tuple(self.sizes)
        )

    def _measure(self, ms: int, picture: webm.Picture | None) -> None:
        if picture is None:
            return
        self._first.setdefault(picture.codec, picture)
        size = picture.width, picture.height
        if not self.sizes or size != (self.sizes[-1].width, self.sizes[-1].height):
            self.sizes.append(PictureSize(ms / 1000, *size))

    def _start_ms(self) -> int:
        return min(times[0] for times in self.times.values())

    def _end_ms(self) -> int:
        return max(times[-1] for times in self.times.values()) + LAST_FRAME_MS


def whole_in(folder: Path) -> Path | None:
    """The one seekable file, once it is there."""
    return next((path for path in (folder / WHOLE, folder / WHOLE_WITH_H264) if path.exists()), None)


def gaps_in(times: Mapping[Kind, Sequence[int]]) -> tuple[Gap, ...]:
    """Where a kind is silent for more than LONGEST_PAUSE_MS of the recording; a kind that never came is, all along.

    `times` in milliseconds, rising within a kind; a kind without frames may be left out.
    """
    start = min(of_kind[0] for of_kind in times.values() if of_kind)
    end = max(of_kind[-1] for of_kind in times.values() if of_kind)
    found: list[Gap] = []
    for kind in Kind:
        moments = [start, *times.get(kind, ()), end]
        pauses = zip(moments, moments[1:], strict=False)
        found += [Gap(kind, a / 1000, b / 1000) for a, b in pauses if b - a > LONGEST_PAUSE_MS]
    return tuple(sorted(found, key=lambda gap: (gap.from_s, gap.kind)))


def join(folder: Path, *, broken: bool) -> Recorded:
    """Make the cluster files one seekable file, and remove them once it is safely on the disk. Blocking; OSError.

    A frame cut off at a file's end is left out. Called again after an interruption, it does what is left to do.
    """
    whole = whole_in(folder)
    files = sorted(folder.glob("*.cluster"))
    if whole is not None:
        recorded = read_back(whole, broken=broken)
    else:
        contents = _Contents()
        for path in files:
            contents.read(path.read_bytes())
        if not contents.times:
            return Recorded(path=None, seconds=0.0, starts_at_s=0.0, gaps=(), broken=broken)
        whole = folder / contents.name
        _write_whole(whole, contents.head(), files)
        recorded = contents.recorded(whole, broken=broken)
    for path in (*files, folder / INIT):
        path.unlink(missing_ok=True)
    return recorded


def read_back(whole: Path, *, broken: bool) -> Recorded:
    """What a joined recording came to, by its own clusters, wherever it lies now. Blocking; OSError."""
    contents = _Contents()
    with whole.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        contents.read(data)
    return contents.recorded(whole, broken=broken)


def _write_whole(whole: Path, head: bytes, files: Sequence[Path]) -> None:
    """Write it under another name first, so that whatever has the name is complete."""
    unfinished = whole.with_suffix(".part")
    try:
        with unfinished.open("wb") as file:
            file.write(head)
            for path in files:
                data = path.read_bytes()
                for cluster in webm.clusters(data):
                    file.write(webm.sized_cluster(data[cluster.start : cluster.end]))
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        unfinished.unlink(missing_ok=True)  # a full disk gets its room back
        raise
    unfinished.rename(whole)
    _sync_folder(whole.parent)


def _sync_folder(folder: Path) -> None:
    """A new name is on the disk only when its folder is."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
