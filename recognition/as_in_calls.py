"""The errors of the whole rule: three pictures to enrol, the median of several frames, as in a call."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from recognition.engines import Vector, score
from recognition.enrolment import FEWEST_PICTURES, at_odds, repeated, template_of
from recognition.pairs import PairList
from recognition.rates import Rate
from recognition.verdict import Thresholds, Verdict

FRAMES = 5  # unless something else is asked for
MOST_TURNS = 20  # of one person: whoever has hundreds of pictures would drown the others


@dataclass(frozen=True, slots=True)
class CallErrors:
    """Of windows of that many frames. Who is not matched to themselves counts, whether it says no or only doubts."""

    false_match: Rate
    false_non_match: Rate
    said_no: int  # of the same person: the machine would have said that it is somebody else
    nearest: float | None  # the median of different people that came closest, in the engine's own unit
    farthest: float | None  # and of one person that was farthest


@dataclass(frozen=True, slots=True)
class Calls:
    """Everybody with enough pictures is enrolled with each three that follow one another, and seen in the next ones."""

    frames: int
    people: int
    enrolments: int  # tried
    failures_to_enrol: int  # not three different pictures past the gates, or they did not agree
    not_judged: int  # of windows, because too few frames passed the gates: a person decides
    errors: CallErrors
    groups: Mapping[str, CallErrors]


@dataclass(frozen=True, slots=True, eq=False)
class _Turn:
    """One enrolment of one person, or None where it failed; and as many frames, or None where too few passed."""

    template: Vector | None
    frames: Sequence[Vector] | None


def as_in_calls(
    listed: PairList, clean: Mapping[int, Vector], seen: Mapping[int, Vector], thresholds: Thresholds, frames: int
) -> Calls | None:
    """None when nobody has pictures enough. `clean` are enrolled, `seen` come from the camera."""
    turns = {
        person: _turns(pictures, clean, seen, thresholds, frames)
        for person, pictures in enumerate(listed.people)
        if len(pictures) >= FEWEST_PICTURES + frames
    }
    if not turns:
        return None
    medians: dict[str, tuple[list[float], list[float]]] = {"": ([], [])}  # of one person, and of two
    for one, other in listed.said:
        if one not in turns or other not in turns:
            continue
        groups = listed.said[one, other]
        same, different = medians.setdefault(next(iter(groups)) if len(groups) == 1 else "", ([], []))
        if one == other:
            same += _alone(turns[one], thresholds)
        else:
            different += _crossed(turns[one], turns[other], thresholds)
            different += _crossed(turns[other], turns[one], thresholds)
    everything = [turn for theirs in turns.values() for turn in theirs]
    all_same = [middle for same, _ in medians.values() for middle in same]
    all_different = [middle for _, different in medians.values() for middle in different]
    return Calls(
        frames=frames,
        people=len(turns),
        enrolments=len(everything),
        failures_to_enrol=sum(turn.template is None for turn in everything),
        not_judged=sum(turn.frames is None for turn in everything),
        errors=_errors(all_same, all_different, thresholds),
        groups={name: _errors(*theirs, thresholds) for name, theirs in sorted(medians.items()) if name},
    )


def _turns(
    pictures: Sequence[int],
    clean: Mapping[int, Vector],
    seen: Mapping[int, Vector],
    thresholds: Thresholds,
    wanted: int,
) -> list[_Turn]:
    found: list[_Turn] = []
    for first in range(0, len(pictures), -(-len(pictures) // MOST_TURNS)):
        turned = [*pictures[first:], *pictures[:first]]
        enrolled = {place: clean[place] for place in turned[:FEWEST_PICTURES] if place in clean}
        whole = len(enrolled) == FEWEST_PICTURES and not repeated(enrolled, thresholds)
        fits = whole and not at_odds(enrolled, thresholds)
        frames = [seen[place] for place in turned[FEWEST_PICTURES:] if place in seen][:wanted]
        template = template_of(list(enrolled.values())) if fits else None
        found.append(_Turn(template, frames if len(frames) == wanted else None))
    return found


def _alone(turns: Sequence[_Turn], thresholds: Thresholds) -> Iterator[float]:
    for turn in turns:
        if turn.template is not None and turn.frames is not None:
            yield _median(turn.template, turn.frames, thresholds)


def _crossed(enrolled: Sequence[_Turn], before_camera: Sequence[_Turn], thresholds: Thresholds) -> Iterator[float]:
    """Each enrolment of the one meets one window of the other."""
    for number, turn in enumerate(enrolled):
        frames = before_camera[number % len(before_camera)].frames
        if turn.template is not None and frames is not None:
            yield _median(turn.template, frames, thresholds)


def _median(template: Vector, frames: Sequence[Vector], thresholds: Thresholds) -> float:
    return median(score(template, frame, thresholds) for frame in frames)


def _errors(same: Sequence[float], different: Sequence[float], thresholds: Thresholds) -> CallErrors:
    closest, farthest = (max, min) if thresholds.higher_is_closer else (min, max)
    said = [thresholds.verdict(middle) for middle in same]
    matched = sum(thresholds.verdict(middle) is Verdict.MATCH for middle in different)
    return CallErrors(
        false_match=Rate(matched, len(different)),
        false_non_match=Rate(sum(verdict is not Verdict.MATCH for verdict in said), len(said)),
        said_no=sum(verdict is Verdict.NO_MATCH for verdict in said),
        nearest=closest(different, default=None),
        farthest=farthest(same, default=None),
    )
