"""How well an engine tells people apart on a list of pairs: every picture embedded once, every pair scored."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np

from recognition.as_in_calls import FRAMES, Calls, as_in_calls
from recognition.engines import EngineInfo, Vector, score
from recognition.pairs import Pair, PairList
from recognition.pictures import MOST_BYTES, ON_FILE, BadPicture, pixels_of
from recognition.rates import Point, Rate, Scores, curve, equal_error, thinned
from recognition.spoiling import CLEAN, WAYS
from recognition.verdict import Reason, Thresholds
from recognition.verifier import FaceVerifier

# Beside the one in force: where an operator may look what another would do, in the engine's own unit.
OTHER_THRESHOLDS = {
    "sface": (0.30, 0.33, 0.363, 0.38, 0.40, 0.42, 0.44, 0.46, 0.50, 0.55),
    "dlib": (0.60, 0.55, 0.50, 0.48, 0.46, 0.45, 0.44, 0.42, 0.40, 0.35),
}
FEW_SINGLE = 1e-3  # of single pictures of different people: a median of five stands on these
NO_FACE, SEVERAL_FACES = "no_face", "several_faces"


class EngineGone(Exception):
    """The engine answered to no picture at all."""


@dataclass(frozen=True, slots=True, eq=False)
class Acquired:
    """What became of one picture: a vector, or why there is none; `complaint` is of one that could not be read."""

    vector: Vector | None
    why: str = ""
    complaint: str = ""


@dataclass(frozen=True, slots=True)
class Errors:
    """Both errors where `threshold` is the least that matches, in the engine's own unit."""

    threshold: float
    false_match: Rate
    false_non_match: Rate


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one set of pairs: `pairs` were listed; those with two vectors were compared."""

    pairs: int
    errors: Errors
    equal: Point | None


@dataclass(frozen=True, slots=True)
class Condition:
    """The first picture of each pair as it is, the second one spoilt in one way, or not."""

    figures: Figures
    groups: Mapping[str, Figures]
    at: Sequence[Errors]
    roc: Sequence[Point]
    quiet: float  # the closeness beyond which hardly any two people are: FEW_SINGLE of them
    pictures: int  # that were spoilt so
    failures_to_acquire: int
    why: Mapping[str, int]
    calls: Calls | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What one engine made of the list, by condition; `unread` are complaints by the line that named the picture."""

    engine: EngineInfo
    conditions: Mapping[str, Condition]
    unread: Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True, eq=False)
class Acquisition:
    """The pictures of a list as one engine has them, by condition and by their place in the list."""

    engine: EngineInfo
    found: Mapping[str, Mapping[int, Acquired]]


async def evaluate(
    listed: PairList, verifier: FaceVerifier, ways: Sequence[str], told: Callable[[int, int], None]
) -> Evaluation:
    """Embed and compare; `told` how many pictures of how many are done. Raises EngineGone."""
    acquisition = await acquire(listed, verifier, ways, told)
    return evaluated(listed, acquisition, acquisition.engine.thresholds)


async def acquire(
    listed: PairList, verifier: FaceVerifier, ways: Sequence[str], told: Callable[[int, int], None]
) -> Acquisition:
    """Every picture embedded once a condition. Raises EngineGone."""
    engine = verifier.engine
    if engine is None:
        raise EngineGone
    everything = range(len(listed.pictures))
    spoilt = sorted({pair.b for pair in listed.pairs} | {picture for theirs in listed.people for picture in theirs})
    total = len(everything) + len(spoilt) * sum(way != CLEAN for way in ways)
    done = 0
    found: dict[str, dict[int, Acquired]] = {}
    for way in (CLEAN, *(way for way in ways if way != CLEAN)):
        found[way] = {}
        for place in everything if way == CLEAN else spoilt:
            if way != CLEAN and found[CLEAN][place].complaint:
                found[way][place] = found[CLEAN][place]
            else:
                found[way][place] = await _acquired(listed.pictures[place], way, verifier)
            done += 1
            told(done, total)
        if all(one.why == Reason.ENGINE_FAILED for one in found[way].values()):
            raise EngineGone
    return Acquisition(engine, found)


def evaluated(listed: PairList, acquisition: Acquisition, thresholds: Thresholds, frames: int = FRAMES) -> Evaluation:
    """Every pair scored, and held against these thresholds."""
    clean = acquisition.found[CLEAN]
    conditions = {
        way: _condition(listed, clean, theirs, thresholds, frames) for way, theirs in acquisition.found.items()
    }
    unread = [(listed.lines[place], one.complaint) for place, one in clean.items() if one.complaint]
    return Evaluation(replace(acquisition.engine, thresholds=thresholds), conditions, unread)


async def _acquired(path: Path, way: str, verifier: FaceVerifier) -> Acquired:
    try:
        png = await asyncio.to_thread(_spoilt, path, way)
    except BadPicture as bad:
        return Acquired(None, Reason.UNREADABLE, str(bad))
    answer = await verifier.describe(png)
    if answer.vector:
        return Acquired(np.array(answer.vector, np.float32))
    if answer.reasons:
        return Acquired(None, answer.reasons[0])
    return Acquired(None, NO_FACE if answer.faces == 0 else SEVERAL_FACES)


def _spoilt(path: Path, way: str) -> bytes:
    """The picture as the engine shall see it, without a loss that is not meant."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise BadPicture(f"the picture cannot be read: {error.strerror or error}") from error
    _, png = cv2.imencode(".png", WAYS[way](pixels_of(data, ON_FILE)), [cv2.IMWRITE_PNG_COMPRESSION, 1])
    return png.tobytes()


@dataclass(slots=True)
class _Compared:
    """Pairs while they are counted."""

    pairs: int = 0
    same: list[float] = field(default_factory=list)
    different: list[float] = field(default_factory=list)

    def add(self, pair: Pair, closeness: float | None) -> None:
        self.pairs += 1
        if closeness is not None:
            (self.same if pair.same else self.different).append(closeness)

    def scores(self) -> Scores:
        return Scores.of(self.same, self.different)


def _condition(
    listed: PairList,
    clean: Mapping[int, Acquired],
    spoilt: Mapping[int, Acquired],
    thresholds: Thresholds,
    frames: int,
) -> Condition:
    a = {place: one.vector for place, one in clean.items() if one.vector is not None}
    b = {place: one.vector for place, one in spoilt.items() if one.vector is not None}
    everything, by_group = _Compared(), dict[str, _Compared]()
    for pair in listed.pairs:
        close = _closeness(a, b, pair, thresholds)
        everything.add(pair, close)
        if pair.group:
            by_group.setdefault(pair.group, _Compared()).add(pair, close)
    scores = everything.scores()
    points = curve(scores)
    why = Counter(one.why for one in spoilt.values() if one.vector is None)
    others = sorted({*OTHER_THRESHOLDS[thresholds.engine], thresholds.match})
    return Condition(
        figures=_figures(everything.pairs, scores, points, thresholds),
        groups={
            group: _figures(theirs.pairs, found := theirs.scores(), curve(found), thresholds)
            for group, theirs in sorted(by_group.items())
        },
        at=[_errors(scores, one, thresholds) for one in others],
        roc=thinned(points),
        quiet=scores.beyond(FEW_SINGLE),
        pictures=len(spoilt),
        failures_to_acquire=why.total(),
        why=dict(why.most_common()),
        calls=as_in_calls(listed, a, b, thresholds, frames),
    )


def _closeness(a: Mapping[int, Vector], b: Mapping[int, Vector], pair: Pair, thresholds: Thresholds) -> float | None:
    if pair.a not in a or pair.b not in b:
        return None
    found = score(a[pair.a], b[pair.b], thresholds)
    return found if thresholds.higher_is_closer else -found


def _figures(count: int, scores: Scores, points: Sequence[Point], thresholds: Thresholds) -> Figures:
    return Figures(count, _errors(scores, thresholds.match, thresholds), equal_error(points))


def _errors(scores: Scores, threshold: float, thresholds: Thresholds) -> Errors:
    least = threshold if thresholds.higher_is_closer else -threshold
    return Errors(threshold, scores.false_match(least), scores.false_non_match(least))
