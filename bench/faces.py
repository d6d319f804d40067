"""What a face costs: CPU time for a frame and a check-in, memory, and how long the media's loop is kept from work."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import count, cycle, islice
from pathlib import Path

import av
import cv2
import numpy as np
from rich.console import Console

from bench.server import cpu_s, resident_mib
from checkins.policy import read_policy
from recognition.choice import choose
from recognition.engines import EngineInfo, Pixels
from recognition.enrolment import Reference
from recognition.gates import examine
from recognition.jobs import Job, Task
from recognition.process import Patience, Worker
from recognition.verifier import FaceVerifier
from recognition.worker import load

CHECK_IN_S = 15
QUEUED = 10  # faces that wait at any time, of which the verifier keeps four
TICK_S = 0.005  # between two looks at the loop's punctuality; a frame of sound comes each 20 ms
LOOP_S = 10.0


@dataclass(frozen=True, slots=True)
class Spread:
    """Milliseconds of CPU time, and what they shall not exceed."""

    median: float
    p95: float
    limit: float | None


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of 640×480 with one face."""

    frames: int
    detection_and_gates_ms: Spread
    embedding_ms: Spread


@dataclass(frozen=True, slots=True)
class CheckIn:
    """As many stills as can come in `seconds`, with all that crosses the worker's pipe. No challenge exists yet."""

    seconds: int
    stills: int
    challenges: int
    cpu_s: float
    limit: float


@dataclass(frozen=True, slots=True)
class Tick:
    """p99 of a timer in the event loop, in milliseconds: how late it came, and the CPU time of the loop's thread since
    the tick before. The first is what media feels; whatever else the machine does is in it."""

    late_ms: float
    busy_ms: float


@dataclass(frozen=True, slots=True)
class Loop:
    """With faces queued and without any, in one process; what the faces add to either."""

    queued: int
    without: Tick
    with_faces: Tick
    added: Tick
    limit: float


@dataclass(frozen=True, slots=True)
class Memory:
    """Of the worker's process, MiB resident: after the load, after its stills, and the most it ever had."""

    loaded_mib: float
    working_mib: float
    peak_mib: float
    limit: float | None


@dataclass(frozen=True, slots=True)
class Measured:
    engine: str
    model_sha256: str
    frame: Frame
    check_in: CheckIn
    media_loop: Loop
    worker_memory: Memory

    def json(self) -> str:
        return json.dumps(asdict(self), indent=2)

    def show(self, screen: Console) -> None:
        """The same for people."""
        for name, one in (
            ("detection and gates", self.frame.detection_and_gates_ms),
            ("embedding", self.frame.embedding_ms),
        ):
            screen.print(f"{name:20} {one.median:6.1f} ms CPU a frame (p95 {one.p95:.1f}, limit {one.limit or '–'})")
        check_in, loop, memory = self.check_in, self.media_loop, self.worker_memory
        screen.print(f"check-in of {check_in.seconds} s     {check_in.cpu_s:6.2f} s CPU for {check_in.stills} stills")
        screen.print(f"media's loop         {loop.added.late_ms:6.2f} ms later (p99) with {loop.queued} faces queued")
        screen.print(f"worker's memory      {memory.working_mib:6.0f} MiB (peak {memory.peak_mib:.0f})")


class NoEngine(Exception):
    """The engine that was asked for is not here."""


async def measure(folder: Path, engine: str, clip: Path, frames: int, screen: Console) -> Measured:
    """Everything after each other, on one thread and one worker, on keyframes of a clip. Raises NoEngine."""
    info = choose(folder, engine)
    if info is None or info.name != engine:
        raise NoEngine
    ours = engine == "sface"  # the limits are the default engine's
    pictures = await asyncio.to_thread(keyframes, clip, frames)
    with screen.status("one worker, the stills of a check-in"):
        check_in, memory = await one_check_in(info, folder, pictures, 250.0 if ours else None)
    with screen.status("the loop, with and without faces queued"):
        loop = await punctuality(folder, engine, pictures)
    with screen.status("frame by frame"):
        frame = await asyncio.to_thread(frame_by_frame, engine, folder, pictures, ours)
    return Measured(engine, info.model_sha256, frame, check_in, loop, memory)


def keyframes(clip: Path, wanted: int) -> list[Pixels]:
    """So many, from the beginning again where it ends."""
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        stream.codec_context.skip_frame = "NONKEY"
        found = [np.asarray(frame.to_ndarray(format="bgr24"), np.uint8) for frame in container.decode(stream)]
    return list(islice(cycle(found), wanted))


def frame_by_frame(engine: str, folder: Path, pictures: Sequence[Pixels], ours: bool) -> Frame:  # noqa: FBT001
    cv2.setNumThreads(1)
    loaded, _ = load(engine, folder)
    examine(loaded, pictures[0])  # the first one makes buffers
    looking, embedding = list[float](), list[float]()
    for pixels in pictures:
        began = time.process_time()
        seen = examine(loaded, pixels)
        looked = time.process_time()
        assert seen.face is not None
        loaded.vector(pixels, seen.face)
        looking.append(1000 * (looked - began))
        embedding.append(1000 * (time.process_time() - looked))
    return Frame(len(pictures), spread(looking, 25.0 if ours else None), spread(embedding, 60.0 if ours else None))


def spread(found: Sequence[float], limit: float | None) -> Spread:
    return Spread(float(np.median(found)), float(np.percentile(found, 95)), limit)


async def one_check_in(
    info: EngineInfo, folder: Path, pictures: Sequence[Pixels], limit_mib: float | None
) -> tuple[CheckIn, Memory]:
    """The most stills that the policy may take in that time, each as the verifier sends it."""
    stills = round(CHECK_IN_S / read_policy().sampling.shortest_s)
    template = Reference.of(np.ones(128, np.float32), info).template
    worker = await Worker.spawn(("-m", "recognition.worker", info.name, str(folder)), Patience())
    try:
        numbers = count(1)

        async def compare(pixels: Pixels) -> None:
            height, width = pixels.shape[:2]
            await worker.ask(Job(next(numbers), Task.COMPARE, pixels.tobytes(), height, width, template))

        await worker.ask(Job(next(numbers), Task.LOOK, b""))  # refused, and the engine is loaded
        loaded = resident_mib(worker.pid)
        await compare(pictures[0])
        before = cpu_s(worker.pid)
        rounds = max(1, len(pictures) // stills)
        for pixels in islice(cycle(pictures), rounds * stills):
            await compare(pixels)
        spent = (cpu_s(worker.pid) - before) / rounds
        memory = Memory(loaded, resident_mib(worker.pid), peak_mib(worker.pid), limit_mib)
    finally:
        worker.kill()
        await worker.gone()
    return CheckIn(CHECK_IN_S, stills, 0, spent, 2.5), memory


def peak_mib(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


async def punctuality(folder: Path, engine: str, pictures: Sequence[Pixels]) -> Loop:
    verifier = await FaceVerifier.start(folder, time.monotonic, engine)
    try:
        assert verifier.engine is not None
        reference = Reference.of(np.ones(128, np.float32), verifier.engine)
        await verifier.compare(reference, pictures[0])
        without = await ticks()
        async with asyncio.TaskGroup() as tasks:
            asking = [tasks.create_task(_ask_on(verifier, reference, pictures)) for _ in range(QUEUED)]
            with_faces = await ticks()
            for task in asking:
                task.cancel()
    finally:
        await verifier.close()
    added = Tick(with_faces.late_ms - without.late_ms, with_faces.busy_ms - without.busy_ms)
    return Loop(QUEUED, without, with_faces, added, 2.0)


async def _ask_on(verifier: FaceVerifier, reference: Reference, pictures: Sequence[Pixels]) -> None:
    for pixels in cycle(pictures):
        if "busy" in (await verifier.compare(reference, pixels)).reasons:
            await asyncio.sleep(0.1)  # it had to leave the line; stills of a call come seconds apart


async def ticks() -> Tick:
    """Of LOOP_S seconds; by clocks finer than the loop's, which counts whole milliseconds."""
    late, busy = list[float](), list[float]()
    end = time.monotonic() + LOOP_S
    while (before := time.monotonic()) < end:
        worked = time.thread_time()
        await asyncio.sleep(TICK_S)
        late.append(time.monotonic() - before - TICK_S)
        busy.append(time.thread_time() - worked)
    return Tick(1000 * float(np.percentile(late, 99)), 1000 * float(np.percentile(busy, 99)))
