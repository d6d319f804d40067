"""The room's door: pictures in, comparisons out, by one worker process that may crash, hang or be busy."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Self

import numpy as np

from recognition.choice import choose
from recognition.engines import EngineInfo, Pixels
from recognition.enrolment import MOST_PICTURES, Enrolment, Reference, enrolled
from recognition.jobs import Answer, Job, Task
from recognition.pictures import BadPicture, check_size
from recognition.process import Patience, Worker, WorkerHung, WorkerLost
from recognition.verdict import Comparison, Reason
from recognition.waiting import Urgency, Waiting

log = logging.getLogger(__name__)

LONGEST_LINE = 4  # a still that waited longer than three others says nothing about now
MOST_TRIES = 3  # of one picture: it may be what kills the worker, and others wait
PAUSE_S = 30  # before an engine that could not be loaded is tried again


@dataclass(frozen=True, slots=True)
class Look:
    """What a preview picture shows, for hints to the person before the camera; nothing of it is kept."""

    faces: int
    reasons: tuple[Reason, ...]
    ok: bool


class FaceVerifier:
    """One worker, asked by one at a time. Every way of failing is an answer: UNABLE's reasons, never an exception."""

    def __init__(
        self,
        engine: EngineInfo | None,
        command: Sequence[str],
        clock: Callable[[], float],
        patience: Patience | None = None,
    ) -> None:
        """`command` is what python runs as the worker; see start(). `clock` is monotonic seconds."""
        self.engine = engine
        self._clock = clock
        self._command = command
        self._patience = patience or Patience()
        self._numbers = count(1)
        self._waiting: Waiting[asyncio.Future[bool]] = Waiting(LONGEST_LINE)
        self._taken = False
        self._closed = False
        self._worker: Worker | None = None
        self._not_before = float("-inf")

    @classmethod
    async def start(cls, models: Path | None, clock: Callable[[], float], prefer: str = "sface") -> Self:
        """Choose the engine and start its worker, which loads it while the server goes on starting."""
        engine = await asyncio.to_thread(choose, models, prefer)
        if engine is None:
            log.warning("no face engine is installed: every still will be for a person to judge")
            return cls(None, (), clock)
        if engine.name == prefer:
            log.info("faces are compared by %s", engine.name)
        else:
            log.warning("%s's files are missing or not the pinned ones: faces are compared by %s", prefer, engine.name)
        verifier = cls(engine, ("-m", "recognition.worker", engine.name, str(models or "")), clock)
        await verifier.warm()
        return verifier

    async def warm(self) -> None:
        """Have a worker load its engine before somebody needs it; does not wait until it has."""
        with suppress(WorkerLost):
            self._employ(await Worker.spawn(self._command, self._patience))

    async def compare(self, reference: Reference, pixels: Pixels) -> Comparison:
        """One still of a call against the enrolled face; goes before enrolments and previews."""
        if self.engine is None:
            return Comparison(0, None, (Reason.ENGINE_FAILED,), "", "")
        nothing = Comparison(0, None, (), self.engine.name, self.engine.model_sha256)
        if not reference.made_by(self.engine):
            return replace(nothing, reasons=(Reason.OTHER_ENGINE,))
        height, width = pixels.shape[:2]
        picture = np.ascontiguousarray(pixels, np.uint8).tobytes()
        job = Job(next(self._numbers), Task.COMPARE, picture, height, width, reference.template)
        answer = await self._ask(job, Urgency.LIVE)
        return replace(nothing, faces=answer.faces, score=answer.score, reasons=answer.reasons)

    async def look(self, jpeg: bytes) -> Look:
        """Whether a picture would pass, and if not, why. Raises BadPicture for what is none."""
        check_size(jpeg)
        answer = await self._ask(Job(next(self._numbers), Task.LOOK, jpeg), Urgency.PREVIEW)
        if answer.bad is not None:
            raise BadPicture(answer.bad)
        return Look(answer.faces, answer.reasons, answer.faces == 1 and not answer.reasons)

    async def enrol(self, pictures: Sequence[bytes]) -> Enrolment:
        """A reference from 3–5 pictures, or what was wrong with each of them. ValueError for more than five."""
        if len(pictures) > MOST_PICTURES:
            raise ValueError(f"at most {MOST_PICTURES} pictures are enrolled")
        answers = [await self.describe(picture) for picture in pictures]
        return enrolled(answers, self.engine)

    async def describe(self, picture: bytes) -> Answer:
        """One picture's vector, or why it has none: past the gates or not, and read or not."""
        number = next(self._numbers)
        try:
            check_size(picture)
        except BadPicture as bad:
            return Answer(number, bad=str(bad))
        return await self._ask(Job(number, Task.DESCRIBE, picture), Urgency.ENROLMENT)

    async def close(self) -> None:
        """No process is left. Whoever still waits is told that the engine failed."""
        self._closed = True
        if self._worker is not None:
            self._worker.kill()
        await self._turn(Urgency.LIVE)
        try:
            await self._bury()
        finally:
            self._pass_turn()

    async def _ask(self, job: Job, urgency: Urgency) -> Answer:
        """The worker's answer, or one that says why there is none."""
        if self.engine is None or self._closed:
            return Answer(job.number, reasons=(Reason.ENGINE_FAILED,))
        if not await self._turn(urgency):
            return Answer(job.number, reasons=(Reason.BUSY,))
        try:
            return await self._answer(job)
        finally:
            self._pass_turn()

    async def _answer(self, job: Job) -> Answer:
        """The answer to a job whose turn it is. A worker that dies of it is replaced, and asked again: it may have been
        killed for another's memory. Not for a preview, of which the next comes in a second; nor after a hang."""
        for _ in range(1 if job.task is Task.LOOK else MOST_TRIES):
            try:
                worker = await self._living_worker()
                if worker is None:
                    break
                return await worker.ask(job)
            except WorkerLost as lost:
                log.warning("the face worker failed a %s: %s", job.task.value, lost)
                await self._replace_worker()
                if isinstance(lost, WorkerHung):
                    break
        return Answer(job.number, reasons=(Reason.ENGINE_FAILED,))

    async def _living_worker(self) -> Worker | None:
        """The worker, or a new one; None while there may be none. Raises WorkerLost."""
        if self._worker is not None and self._worker.alive:
            return self._worker
        if self._worker is not None:
            await self._bury()
        if self._closed or self._clock() < self._not_before:
            return None
        return self._employ(await Worker.spawn(self._command, self._patience))

    def _employ(self, worker: Worker) -> Worker:
        self._worker = worker
        if self._closed:  # while it was being started
            worker.kill()
        return worker

    async def _replace_worker(self) -> None:
        if self._worker is None:
            return
        was_loaded = self._worker.loaded
        self._worker.kill()
        await self._bury()
        if not was_loaded:
            self._not_before = self._clock() + PAUSE_S
        elif not self._closed:
            await self.warm()

    async def _bury(self) -> None:
        """Until nothing is left of a worker that was killed or died."""
        if self._worker is not None:
            await self._worker.gone()
            self._worker = None

    async def _turn(self, urgency: Urgency) -> bool:
        """Wait for the worker to be ours; False when the line was too long and we had to leave it."""
        if not self._taken:
            self._taken = True
            return True
        turn: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        dropped = self._waiting.add(turn, urgency)
        if dropped is not None and not dropped.done():
            dropped.set_result(False)
        try:
            return await turn
        except asyncio.CancelledError:
            self._waiting.discard(turn)
            if turn.done() and not turn.cancelled() and turn.result():
                self._pass_turn()  # it had just become ours
            raise

    def _pass_turn(self) -> None:
        """The next in line who still waits, or nobody."""
        while (turn := self._waiting.take()) is not None:
            if not turn.done():
                turn.set_result(True)
                return
        self._taken = False
