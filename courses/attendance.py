"""What a lesson's marks come to: when each learner was there, and who had the word; pure."""

from collections.abc import Callable, Iterable, Sequence

from cases.entries import Stay, Turn
from courses.floor import Place
from courses.marks import Flow, LessonOver, Mark, RecordingBegan, RecordingEnded
from media.recording import Gap

NOTICED_S = 5.0  # how long after its last packet a connection is called away, at most
GOODBYE_S = 3.0  # a page that is closed may lose its media before its goodbye has come by another way


def stays_of(place: Place, marks: Iterable[Mark], ended_s: float) -> tuple[Stay, ...]:
    """From when to when this learner's connection was there, each with why it then was not."""
    stays: list[Stay] = []
    since: float | None = None
    for mark in marks:
        if not isinstance(mark, Flow) or mark.place != place:
            continue
        if mark.flows and since is None:
            since = mark.at_s
        elif not mark.flows and since is not None:
            stays.append(Stay(since, mark.at_s, mark.cause))
            since = None
        elif not mark.flows and mark.cause == "left" and stays and mark.at_s - stays[-1].to_s <= GOODBYE_S:
            stays[-1] = Stay(stays[-1].from_s, stays[-1].to_s, "left")
    if since is not None:
        stays.append(Stay(since, max(since, ended_s), "lesson_over"))
    return tuple(stays)


def cause_by(stays: Sequence[Stay]) -> Callable[[Gap], str]:
    """Why a recording of whoever was there in these stays has a gap: their connection was away, else it was silent."""

    def cause(gap: Gap) -> str:
        away = (stay.ended for stay in stays if gap.from_s - NOTICED_S <= stay.to_s <= gap.to_s)
        return next(away, "silent")

    return cause


def turns_in(marks: Iterable[Mark], ended_s: float) -> tuple[Turn, ...]:
    """Who had the word from when to when, in the order of time."""
    marks = list(marks)
    until = {mark.seat: mark.at_s for mark in marks if isinstance(mark, RecordingEnded)}
    return tuple(
        Turn(mark.place, mark.at_s, until.get(mark.seat, ended_s), mark.seat)
        for mark in marks
        if isinstance(mark, RecordingBegan) and mark.place is not None
    )


def heard_until(marks: Sequence[Mark]) -> float:
    """When the last mark was made, in seconds since the lesson was opened."""
    return max((mark.at_s for mark in marks), default=0.0)


def over(marks: Sequence[Mark]) -> LessonOver | None:
    """The mark of the end; None where it was cut off."""
    return next((mark for mark in reversed(marks) if isinstance(mark, LessonOver)), None)
