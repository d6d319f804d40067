"""The recorder: a frame sink that writes one participant to disk without transcoding, from its own thread."""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from media import recording, webm
from media.drop_rule import DropRule
from media.frames import EncodedFrame, Kind
from media.recording import ClusterFiles, Recorded
from statetable import Table, step

FLUSH_S = 0.2  # what kill -9 can take, and how seldom the thread wakes
CLUSTER_MS = 1000  # fsync takes about 1 ms; what a power cut can take
CLUSTER_AT_KEYFRAME_MS = 500  # a cluster that begins with a keyframe is found with no reading ahead
FRAME_COST = 256  # bytes of an empty frame in memory

log = logging.getLogger(__name__)


class RecordingState(StrEnum):
    OPENING = "opening"
    WRITING = "writing"
    FINISHED = "finished"
    EMPTY = "empty"
    BROKEN = "broken"


class RecordingCue(StrEnum):
    FIRST_FRAME = "first_frame"
    TAKEN_OVER = "taken_over"  # whoever wrote it is gone, and the call goes on
    STOP = "stop"
    DISK_FAILED = "disk_failed"
    FOUND_OPEN = "found_open"  # at start-up: whoever wrote it is gone


RECORDING: Table[RecordingState, RecordingCue] = {
    (RecordingState.OPENING, RecordingCue.FIRST_FRAME): RecordingState.WRITING,
    (RecordingState.OPENING, RecordingCue.TAKEN_OVER): RecordingState.WRITING,
    (RecordingState.OPENING, RecordingCue.STOP): RecordingState.EMPTY,
    (RecordingState.OPENING, RecordingCue.FOUND_OPEN): RecordingState.EMPTY,
    (RecordingState.WRITING, RecordingCue.STOP): RecordingState.FINISHED,
    (RecordingState.WRITING, RecordingCue.DISK_FAILED): RecordingState.BROKEN,
    (RecordingState.WRITING, RecordingCue.FOUND_OPEN): RecordingState.BROKEN,
}


class Recorder:
    """Writes a participant's frames into `folder`, at frame.at − `zero`: recorders with the same zero share one clock.

    `offer` belongs to the event loop's thread and only queues. A disk that fails breaks the recording, never the call.
    What a process that died has left in the folder is gone on with, behind its last file.
    """

    def __init__(self, folder: Path, zero: float, ask_keyframe: Callable[[], None]) -> None:
        self._name = folder.name
        self._folder = folder
        self._zero = zero
        self._drop_rule = DropRule(zero, ask_keyframe)
        self._queue: deque[EncodedFrame] = deque()
        self._taken = 0  # bytes, counted by the loop's thread only
        self._done_with = 0  # bytes, counted by the writer's thread only
        self._state = RecordingState.OPENING
        self._files = ClusterFiles(folder)
        self._cluster_ms: int | None = None  # where the one in progress begins
        self._last_ms = dict.fromkeys(Kind, 0)
        self._stopping = threading.Event()
        self._recorded: Future[Recorded] = Future()
        self._recorded.set_running_or_notify_cancel()  # a caller who gives up waiting does not stop the writer
        # A daemon: a server that dies without finishing must not hang; what it leaves is for salvage().
        threading.Thread(target=self._run, name=f"recorder {folder.name}", daemon=True).start()

    def offer(self, frame: EncodedFrame) -> None:
        if not self._stopping.is_set() and self._drop_rule.takes(frame, self._taken - self._done_with):
            self._taken += len(frame.data) + FRAME_COST
            self._queue.append(frame)

    async def finish(self) -> Recorded:
        """Write what is queued and join it to one seekable file; more calls give the same answer."""
        self._stopping.set()
        return await asyncio.wrap_future(self._recorded)

    def _run(self) -> None:
        try:
            if self._files.left_open:
                self._take_over()
            while not self._stopping.wait(FLUSH_S):
                self._write_queued()
            self._write_queued()
            self._recorded.set_result(self._finished())
        except BaseException as error:  # a bug of ours: finish() raises it where somebody sees it
            self._recorded.set_exception(error)

    def _take_over(self) -> None:
        self._state = step(RECORDING, self._state, RecordingCue.TAKEN_OVER)
        try:
            self._last_ms = self._files.go_on()
        except OSError as error:
            self._break(error)

    def _write_queued(self) -> None:
        frames = [self._queue.popleft() for _ in range(len(self._queue))]
        if frames and self._state is not RecordingState.BROKEN:
            try:
                self._write(frames)
            except OSError as error:
                self._break(error)
        self._done_with += sum(len(frame.data) + FRAME_COST for frame in frames)

    def _write(self, frames: list[EncodedFrame]) -> None:
        for frame in frames:
            # Each stream's timeline only rises, but a participant who came back has new ones.
            ms = max(round((frame.at - self._zero) * 1000), self._last_ms[frame.kind])
            self._last_ms[frame.kind] = ms
            if self._state is RecordingState.OPENING:
                self._state = step(RECORDING, self._state, RecordingCue.FIRST_FRAME)
                self._files.open()
            begins_at_ms = self._cluster_ms
            if begins_at_ms is None or self._ends_cluster(frame, ms - begins_at_ms):
                self._cluster_ms = begins_at_ms = ms
                self._files.begin(webm.cluster_head(ms))
            self._files.append(webm.block(frame.codec, ms - begins_at_ms, frame.data, keyframe=frame.keyframe))
        self._files.flush()

    def _ends_cluster(self, frame: EncodedFrame, ms_in_cluster: int) -> bool:
        enters = frame.kind is Kind.VIDEO and frame.keyframe and ms_in_cluster >= CLUSTER_AT_KEYFRAME_MS
        return enters or not -webm.FARTHEST_MS <= ms_in_cluster < CLUSTER_MS

    def _finished(self) -> Recorded:
        if self._state is not RecordingState.BROKEN:
            try:
                self._files.close()
                self._state = step(RECORDING, self._state, RecordingCue.STOP)
            except OSError as error:
                self._break(error)
        try:
            return recording.join(self._folder, broken=self._state is RecordingState.BROKEN)
        except OSError as error:
            log.warning("recording %s could not be joined, its clusters stay: %s", self._name, error.strerror)
            return Recorded(path=None, seconds=0.0, starts_at_s=0.0, gaps=(), broken=True)

    def _break(self, error: OSError) -> None:
        self._state = step(RECORDING, self._state, RecordingCue.DISK_FAILED)
        log.warning("recording %s broke off: %s", self._name, error.strerror)
        with suppress(OSError):  # we have said so already
            self._files.close()


def salvage(folder: Path) -> Recorded:
    """The same from what a killed server left in the folder, and the same again if called again. Blocking; OSError."""
    if recording.whole_in(folder) is not None:
        return recording.join(folder, broken=False)
    found = RecordingState.WRITING if (folder / recording.INIT).exists() else RecordingState.OPENING
    return recording.join(folder, broken=step(RECORDING, found, RecordingCue.FOUND_OPEN) is RecordingState.BROKEN)
