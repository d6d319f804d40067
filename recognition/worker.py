"""The face worker's own process: one engine, one picture at a time, from its stdin to its stdout.

It outlives nobody: at the end of stdin it ends, and a job that lasts too long ends it, also when nobody is left to
kill it. Started as `python -P -m recognition.worker ENGINE MODELS`.
"""

import logging
import os
import resource
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np

from recognition import models
from recognition.engines import Engine, EngineFailed, Pixels, score
from recognition.gates import examine, vector_of
from recognition.jobs import OUT_OF_MEMORY, READY, Answer, Job, Task, line_of_answer, read_job
from recognition.pictures import BadPicture, pixels_of
from recognition.verdict import DLIB, SFACE, Reason, Thresholds

log = logging.getLogger(__name__)

LONGEST_JOB_S = 20  # the server gives up earlier; this is for a worker whose server was killed
POLITENESS = 5  # media goes first
MOST_MEMORY = 1 << 30  # bytes; the engines need 130 and 190 MB, a picture of 16 megapixels 200
FIRST_TO_GO = 500  # of 1000: when the machine has no memory left, a face is given up before a call


def load(engine: str, folder: Path) -> tuple[Engine, Thresholds]:
    """The engine of that name with its weights; raises EngineFailed."""
    # Each is imported here only: the other one's memory is not needed, and dlib's import takes 2.5 s.
    if engine == SFACE.engine:
        from recognition.sface import SFace

        mesh = models.MESH.read(folder) if models.MESH.intact(folder) else None
        return SFace(models.YUNET.read(folder), models.SFACE.read(folder), mesh), SFACE
    from recognition.dlib_five_point import DlibFivePoint

    return DlibFivePoint(), DLIB


def serve(loaded: Callable[[], tuple[Engine, Thresholds]], jobs: BinaryIO, answers: BinaryIO) -> None:
    """Load the engine, say so, and answer jobs until there are no more."""
    engine, thresholds = loaded()
    answers.write(line_of_answer(Answer(READY)))
    answers.flush()
    while job := read_job(jobs):
        signal.alarm(LONGEST_JOB_S)  # its default is the end of the process, even inside a C call that hangs
        answer = answer_to(job, engine, thresholds)
        signal.alarm(0)
        answers.write(line_of_answer(answer))
        answers.flush()


def answer_to(job: Job, engine: Engine, thresholds: Thresholds) -> Answer:
    """One answer a job, whatever the picture does to the engine."""
    try:
        pixels = _raw(job) if job.task is Task.COMPARE else pixels_of(job.picture)
        examined = examine(engine, pixels)
        answer = Answer(job.number, examined.faces, examined.reasons)
        if job.task is Task.LOOK or (vector := vector_of(engine, pixels, examined)) is None:
            return answer
        if job.task is Task.DESCRIBE:
            return Answer(job.number, examined.faces, vector=tuple(float(x) for x in vector))
        template = np.frombuffer(job.template, "<f4").astype(np.float32)
        return Answer(job.number, examined.faces, score=score(template, vector, thresholds))
    except BadPicture as bad:
        return Answer(job.number, bad=str(bad))
    except MemoryError:
        raise
    except Exception as error:  # this loop owns the engine: the next picture is another one's
        if isinstance(error, cv2.error) and error.code == cv2.Error.StsNoMem:
            raise MemoryError from error
        log.exception("a %s failed in the engine", job.task.value)
        return Answer(job.number, reasons=(Reason.ENGINE_FAILED,))


def _raw(job: Job) -> Pixels:
    return np.frombuffer(job.picture, np.uint8).reshape(job.height, job.width, 3)


def own_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Our stdin and stdout, out of the reach of libraries that print: what they print goes to stderr."""
    jobs, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return jobs, answers


def run(loaded: Callable[[], tuple[Engine, Thresholds]], jobs: BinaryIO, answers: BinaryIO) -> None:
    """Serve to the end; how it ends tells the server why."""
    try:
        serve(loaded, jobs, answers)
    except EngineFailed as failed:
        sys.exit(f"face worker: {failed}")
    except MemoryError:
        os._exit(OUT_OF_MEMORY)  # at once: whatever Python would do on its way out needs memory


def confine() -> None:
    """What decodes strangers' pictures gives way to calls, and keeps nothing of what it saw."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold faces
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
    with suppress(OSError):  # only Linux has it
        Path("/proc/self/oom_score_adj").write_text(str(FIRST_TO_GO))
    os.nice(POLITENESS)


def main(engine: str, folder: str) -> None:
    jobs, answers = own_pipes()
    logging.basicConfig(stream=sys.stderr, format="face worker: %(message)s")
    confine()
    cv2.setNumThreads(1)
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
    run(lambda: load(engine, Path(folder)), jobs, answers)


if __name__ == "__main__":
    main(*sys.argv[1:])
