"""Reference faces: the mean of several pictures that passed the gates and agree with each other."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from recognition.engines import EngineInfo, Vector, score
from recognition.jobs import Answer
from recognition.policy import IN_FORCE
from recognition.verdict import Reason, Thresholds

FEWEST_PICTURES, MOST_PICTURES = 3, 5


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
    repeats: tuple[int, ...] = ()  # … of those that are nearly an earlier one, and say nothing new


def enrolled(answers: Sequence[Answer], engine: EngineInfo | None) -> Enrolment:
    """What the worker said of each picture, put together: a reference only if enough passed and all of them agree."""
    vectors = {index: np.array(one.vector, np.float32) for index, one in enumerate(answers) if one.vector}
    repeats = () if engine is None else repeated(vectors, engine.thresholds)
    different = {index: vector for index, vector in vectors.items() if index not in repeats}
    reports = tuple(_report(one, index in different) for index, one in enumerate(answers))
    if engine is None or len(different) < FEWEST_PICTURES:
        return Enrolment(None, reports, (), repeats)
    if disagree := at_odds(different, engine.thresholds):
        return Enrolment(None, reports, disagree, repeats)
    return Enrolment(Reference.of(template_of(list(different.values())), engine), reports, (), repeats)


def _report(answer: Answer, ok: bool) -> PictureReport:  # noqa: FBT001 (a fact about the answer)
    reasons = answer.reasons if answer.bad is None else (Reason.UNREADABLE,)
    return PictureReport(ok, answer.faces, reasons)


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


def repeated(vectors: Mapping[int, Vector], thresholds: Thresholds) -> tuple[int, ...]:
    """The pictures that are nearly an earlier one: the mean of one picture has its light and pose, and seems three."""
    new: list[Vector] = []
    repeats = []
    for index, vector in vectors.items():
        if any(closer(vector, one, IN_FORCE.engines[thresholds.engine].repeat, thresholds) for one in new):
            repeats.append(index)
        else:
            new.append(vector)
    return tuple(repeats)


def agree(a: Vector, b: Vector, thresholds: Thresholds) -> bool:
    return closer(a, b, IN_FORCE.engines[thresholds.engine].agree, thresholds)


def closer(a: Vector, b: Vector, least: float, thresholds: Thresholds) -> bool:
    """Whether two pictures are at least this close, whichever way the engine counts."""
    closeness = score(a, b, thresholds)
    return closeness >= least if thresholds.higher_is_closer else closeness <= least
