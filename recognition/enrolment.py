"""Reference faces: the mean of several pictures that passed the gates and agree with each other."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from recognition.engines import EngineInfo, Vector, score
from recognition.jobs import Answer
from recognition.verdict import Reason, Thresholds

FEWEST_PICTURES, MOST_PICTURES = 3, 5
# Two pictures of one person are at least this close; the median of three stills forgives more than a template may.
AGREE = {"sface": 0.5, "dlib": 0.5}


@dataclass(frozen=True, slots=True)
class Reference:
    """An enrolled face: what one engine with one set of weights made of it, and no other may compare."""

    engine: str
    model_sha256: str
    template: bytes  # float32, little-endian

    @classmethod
    def of(cls, vector: Vector, engine: EngineInfo) -> "Reference":
        return cls(engine.name, engine.model_sha256, vector.astype("<f4").tobytes())

    def made_by(self, engine: EngineInfo) -> bool:
        return (self.engine, self.model_sha256) == (engine.name, engine.model_sha256)


@dataclass(frozen=True, slots=True)
class PictureReport:
    """What was wrong with one picture sent to be enrolled, in the order they were sent."""

    ok: bool
    faces: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A reference, or why there is none: too few good pictures, or pictures that are not of one person."""

    reference: Reference | None
    pictures: tuple[PictureReport, ...]
    disagree: tuple[int, ...]  # indexes of the pictures at odds with the others


def enrolled(answers: Sequence[Answer], engine: EngineInfo | None) -> Enrolment:
    """What the worker said of each picture, put together: a reference only if enough passed and all of them agree."""
    vectors = {index: np.array(one.vector, np.float32) for index, one in enumerate(answers) if one.vector}
    reports = tuple(_report(one) for one in answers)
    if engine is None or len(vectors) < FEWEST_PICTURES:
        return Enrolment(None, reports, ())
    if disagree := at_odds(vectors, engine.thresholds):
        return Enrolment(None, reports, disagree)
    return Enrolment(Reference.of(template_of(list(vectors.values())), engine), reports, ())


def _report(answer: Answer) -> PictureReport:
    reasons = answer.reasons if answer.bad is None else (Reason.UNREADABLE,)
    return PictureReport(bool(answer.vector), answer.faces, reasons)


def template_of(vectors: Sequence[Vector]) -> Vector:
    """The mean of the vectors, which holds less of any one picture's light and pose."""
    return np.asarray(np.mean(vectors, axis=0), np.float32)


def at_odds(vectors: Mapping[int, Vector], thresholds: Thresholds) -> tuple[int, ...]:
    """The pictures that disagree with the most others; nobody when every pair agrees."""
    quarrels: Counter[int] = Counter()
    for (one, a), (other, b) in combinations(vectors.items(), 2):
        if not agree(a, b, thresholds):
            quarrels.update((one, other))
    worst = max(quarrels.values(), default=0)
    return tuple(sorted(index for index, count in quarrels.items() if count == worst))


def agree(a: Vector, b: Vector, thresholds: Thresholds) -> bool:
    closeness, least = score(a, b, thresholds), AGREE[thresholds.engine]
    return closeness >= least if thresholds.higher_is_closer else closeness <= least
