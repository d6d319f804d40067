"""Recordings that are over: joined and sealed, whatever ended them, and named as an entry names them."""

import errno
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from cases.entries import FileCited, Gap, PictureSize, RecordingFiled
from media import recording
from media.frames import Kind
from media.recorder import salvage
from media.recording import Recorded, read_back
from storage.files import FileStore, SealedFile

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    """What there is of one recording: sealed, or nothing, or `in_parts` that the disk cannot read any more."""

    recorded: Recorded
    file: SealedFile | None
    in_parts: bool = False

    @property
    def until_s(self) -> float:
        return self.recorded.starts_at_s + self.recorded.seconds


def keep_recording(files: FileStore, name: str, *, broke: bool) -> Kept:
    """Join and seal what grew in the working folder `name`, as far as that is still to be done.

    `broke`: it was cut off, however whole it looks. Blocking; OSError when there is no room, and nothing is lost.
    """
    folder = files.working_folder(name)
    try:
        found = (files.find(f"{name}{suffix}") for suffix in recording.SUFFIXES)
        file = next((one for one in found if one is not None), None)
        recorded = salvage(folder) if file is None else read_back(files.path(file.name), broken=False)
        if file is None and recorded.path is not None:
            file = files.seal(recorded.path, f"{name}{recorded.path.suffix}")
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        # The disk cannot read its own writing, and waiting mends that no more. What it has stays where it is.
        log.warning("a recording of %s stays in parts: %s", name, error.strerror)
        return Kept(Recorded(None, 0.0, 0.0, (), broken=True), None, in_parts=True)
    files.remove_working_folder(name)
    return Kept(replace(recorded, broken=recorded.broken or broke), file)


def filed_recording(
    kept: Kept, seat: str, until_s: float, cause: Callable[[recording.Gap], str], before: Sequence[Gap] = ()
) -> RecordingFiled:
    """As an entry names it; each gap with its cause, also the one between its last frame and `until_s`.

    `before` are gaps that nobody can see in it, because they lie before its first frame.
    """
    recorded = kept.recorded
    if kept.file is None:
        return RecordingFiled(seat, "not_joined" if kept.in_parts else "empty", None, 0.0, 0.0, ())
    missing = until_s - kept.until_s > recording.LONGEST_PAUSE_MS / 1000
    rest = tuple(recording.Gap(kind, kept.until_s, until_s) for kind in Kind) if missing else ()
    gaps = tuple(Gap(gap.kind, gap.from_s, gap.to_s, cause(gap)) for gap in recorded.gaps + rest)
    cited = FileCited(kept.file.name, kept.file.sha256, kept.file.size)
    state: Literal["sealed", "sealed_with_gap"] = "sealed_with_gap" if recorded.broken else "sealed"
    sizes = tuple(PictureSize(size.from_s, size.width, size.height) for size in recorded.sizes)
    return RecordingFiled(seat, state, cited, recorded.seconds, recorded.starts_at_s, (*before, *gaps), sizes)
