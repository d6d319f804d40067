"""What crosses the pipe: a job as one line of JSON and its bytes, an answer as one line of JSON.

The worker decodes pictures that strangers sent, so what it says is read as data and never unpickled.
"""

import json
import math
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import BinaryIO

from recognition.verdict import Reason

READY = 0  # the number of the answer to no job: the engine is loaded
OUT_OF_MEMORY = 9  # a worker's exit code; what it did is asked of a new one, whose memory is whole


class Task(StrEnum):
    """What the worker is asked."""

    LOOK = "look"  # does this encoded picture pass the gates?
    DESCRIBE = "describe"  # … and what is its vector?
    COMPARE = "compare"  # how close is the face in these pixels to this template?


@dataclass(frozen=True, slots=True)
class Job:
    """One picture and what to do with it."""

    number: int
    task: Task
    picture: bytes  # JPEG or PNG; for COMPARE height × width × 3 BGR
    height: int = 0
    width: int = 0
    template: bytes = b""  # as in a Reference


@dataclass(frozen=True, slots=True)
class Answer:
    """What the worker found; `bad` is its complaint about a picture that it could not read."""

    number: int
    faces: int = 0
    reasons: tuple[Reason, ...] = ()
    score: float | None = None
    vector: tuple[float, ...] = ()
    bad: str | None = None


def line_of_job(job: Job) -> bytes:
    """The line that goes before the job's bytes: its template, then its picture."""
    head = asdict(job) | {"picture": len(job.picture), "template": len(job.template)}
    return json.dumps(head).encode() + b"\n"


def read_job(jobs: BinaryIO) -> Job | None:
    """The next job, or None when the server has gone."""
    line = jobs.readline()
    if not line.endswith(b"\n"):
        return None
    head = json.loads(line)
    template, picture = (jobs.read(head.pop(field)) for field in ("template", "picture"))
    return Job(**head | {"task": Task(head["task"])}, template=template, picture=picture)


def line_of_answer(answer: Answer) -> bytes:
    return json.dumps(asdict(answer)).encode() + b"\n"


def answer_of(line: bytes) -> Answer:
    """Raises ValueError for anything but an answer with finite numbers."""
    fields: object = json.loads(line)
    match fields:
        case {
            "number": int(number),
            "faces": int(faces),
            "reasons": list(reasons),
            "score": float() | int() | None as score,
            "vector": list(vector),
            "bad": str() | None as bad,
        } if all(isinstance(x, float) and math.isfinite(x) for x in [*vector, 0.0 if score is None else float(score)]):
            return Answer(number, faces, tuple(Reason(reason) for reason in reasons), score, tuple(vector), bad)
        case _:
            raise ValueError("not an answer of the worker's")
