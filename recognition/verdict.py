"""What a comparison of two faces means: one verdict a still, one verdict a window of stills."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from recognition.policy import IN_FORCE

WINDOW = 3  # gated stills; the median of fewer lets one odd frame decide


class Verdict(StrEnum):
    """What the machine says; a conclusion is a person's."""

    MATCH = "match"
    NO_MATCH = "no_match"
    NO_FACE = "no_face"
    SEVERAL_FACES = "several_faces"
    UNABLE = "unable"


class Reason(StrEnum):
    """Why a still was not judged; the pages have one plain sentence for each."""

    # the picture: the person can help
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    TOO_SMALL = "too_small"
    TURNED_AWAY = "turned_away"
    BLURRED = "blurred"
    FLAT = "flat"
    LOW_CONFIDENCE = "low_confidence"
    UNREADABLE = "unreadable"  # of a picture sent to be enrolled: broken, or no JPEG or PNG
    # the score: a person decides
    BETWEEN = "between"
    # the machine: nobody in front of a camera can help
    ENGINE_FAILED = "engine_failed"
    NOT_ENROLLED = "not_enrolled"
    OTHER_ENGINE = "other_engine"
    BUSY = "busy"


MACHINE_TROUBLE = frozenset({Reason.ENGINE_FAILED, Reason.NOT_ENROLLED, Reason.OTHER_ENGINE, Reason.BUSY})


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where an engine's scores mean match or no match; what lies between is for a person."""

    engine: str
    match: float  # as close as this, or closer
    no_match: float  # farther than this
    higher_is_closer: bool

    def verdict(self, score: float) -> Verdict:
        """What one score says; anything that is clearly neither is UNABLE, not-a-number included."""
        if self.higher_is_closer:
            matches, differs = score >= self.match, score < self.no_match
        else:
            matches, differs = score <= self.match, score > self.no_match
        if matches:
            return Verdict.MATCH
        return Verdict.NO_MATCH if differs else Verdict.UNABLE


def _in_force(engine: str) -> Thresholds:
    policy = IN_FORCE.engines[engine]
    return Thresholds(engine, policy.match, policy.no_match, policy.higher_is_closer)


SFACE = _in_force("sface")
DLIB = _in_force("dlib")


@dataclass(frozen=True, slots=True)
class Comparison:
    """One still against one reference: how many faces counted, how close, and why it cannot be used if it cannot."""

    faces: int
    score: float | None
    reasons: tuple[Reason, ...]
    engine: str
    model_sha256: str

    @property
    def usable(self) -> bool:
        """Whether the still passed every gate and may be judged in a window."""
        return self.faces == 1 and not self.reasons and self.score is not None


def verdict_of(comparison: Comparison, thresholds: Thresholds) -> tuple[Verdict, tuple[Reason, ...]]:
    """The verdict on one still, and why. An engine in trouble says UNABLE, whatever else is known; never NO_MATCH."""
    if MACHINE_TROUBLE.intersection(comparison.reasons):
        return Verdict.UNABLE, comparison.reasons
    if comparison.engine != thresholds.engine:
        return Verdict.UNABLE, (Reason.OTHER_ENGINE,)
    if comparison.faces == 0:
        return Verdict.NO_FACE, comparison.reasons
    if comparison.faces > 1:
        return Verdict.SEVERAL_FACES, comparison.reasons
    if comparison.reasons:
        return Verdict.UNABLE, comparison.reasons
    if comparison.score is None:
        return Verdict.UNABLE, (Reason.ENGINE_FAILED,)
    verdict = thresholds.verdict(comparison.score)
    return verdict, (Reason.BETWEEN,) if verdict is Verdict.UNABLE else ()


def was_usable(verdict: Verdict, reasons: Sequence[Reason]) -> bool:
    """Whether a still with this verdict had one face past every gate: judged, or between the thresholds."""
    return verdict in (Verdict.MATCH, Verdict.NO_MATCH) or tuple(reasons) == (Reason.BETWEEN,)


def judge(scores: Sequence[float], thresholds: Thresholds) -> Verdict:
    """The verdict on a window: the median of at least WINDOW gated scores, or UNABLE."""
    if len(scores) < WINDOW:
        return Verdict.UNABLE
    return thresholds.verdict(median(scores))
