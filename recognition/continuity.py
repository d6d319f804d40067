"""Whether it is the same face from the first picture to the last, whoever that is."""

from collections.abc import Sequence

from recognition.engines import Vector, score
from recognition.verdict import Thresholds, Verdict

FEWEST = 2  # pictures in a row: one that is half turned away is nobody else


def changed_at(seen: Sequence[tuple[float, Vector]], thresholds: Thresholds) -> float | None:
    """When somebody else's face begins, or None; `seen` are vectors of pictures past the gates, in order of time.

    Each is held against the nearest of those before the change, so that a slow change of light or pose is none.
    """
    known: list[Vector] = []
    strangers: list[float] = []
    for at_s, vector in seen:
        verdicts = {thresholds.verdict(score(one, vector, thresholds)) for one in known}
        if verdicts and verdicts == {Verdict.NO_MATCH}:
            strangers.append(at_s)
            if len(strangers) >= FEWEST:
                return strangers[0]
            continue
        strangers = []
        known.append(vector)
    return None
