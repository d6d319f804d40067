"""A check-in's life (视频核查) as a table: which cue leads from which state to which, and the value that walks it."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType

from statetable import Table, step

CheckInId = NewType("CheckInId", str)


class CheckInState(StrEnum):
    SCHEDULED = "scheduled"
    WAITING = "waiting"
    LIVE = "live"
    INTERRUPTED = "interrupted"
    ENDED = "ended"
    MISSED = "missed"
    CANCELLED = "cancelled"
    FILED = "filed"


class CheckInCue(StrEnum):
    SUBJECT_ARRIVED = "subject_arrived"
    ADMITTED = "admitted"
    SUBJECT_LEFT = "subject_left"
    CALL_ENDED = "call_ended"
    WINDOW_CLOSED = "window_closed"
    CALLED_OFF = "called_off"
    CONCLUDED = "concluded"


_S, _C = CheckInState, CheckInCue

# Nobody enters by themselves: `live` begins when the host admits. A dropped connection is `interrupted`, neither an
# ending nor a miss: no cue leads from a call that took place to `missed`.
CHECK_IN: Table[CheckInState, CheckInCue] = {
    (_S.SCHEDULED, _C.SUBJECT_ARRIVED): _S.WAITING,
    (_S.SCHEDULED, _C.WINDOW_CLOSED): _S.MISSED,
    (_S.SCHEDULED, _C.CALLED_OFF): _S.CANCELLED,
    (_S.WAITING, _C.SUBJECT_ARRIVED): _S.WAITING,  # another browser of the same person takes the seat over
    (_S.WAITING, _C.ADMITTED): _S.LIVE,
    (_S.WAITING, _C.SUBJECT_LEFT): _S.SCHEDULED,
    (_S.WAITING, _C.WINDOW_CLOSED): _S.MISSED,
    (_S.WAITING, _C.CALLED_OFF): _S.CANCELLED,
    (_S.LIVE, _C.SUBJECT_LEFT): _S.INTERRUPTED,
    (_S.LIVE, _C.CALL_ENDED): _S.ENDED,
    (_S.INTERRUPTED, _C.SUBJECT_ARRIVED): _S.LIVE,
    (_S.INTERRUPTED, _C.CALL_ENDED): _S.ENDED,
    (_S.ENDED, _C.CONCLUDED): _S.FILED,
    (_S.MISSED, _C.CONCLUDED): _S.FILED,
}

INVITING = frozenset({_S.SCHEDULED, _S.WAITING})  # somebody may still come and be admitted
GOING_ON = frozenset({_S.LIVE, _S.INTERRUPTED})  # a call that is not over


@dataclass(frozen=True, slots=True)
class CheckIn:
    """One check-in's life so far. Times are wall time; `since` is when the state was entered.

    `arrived_at` is the first arrival: whoever came and was not let in has not stayed away.
    """

    id: CheckInId
    state: CheckInState
    since: datetime
    arrived_at: datetime | None = None
    admitted_at: datetime | None = None
    ended_at: datetime | None = None

    def on(self, cue: CheckInCue, at: datetime) -> "CheckIn":
        """This check-in after `cue`, or IllegalCue."""
        state = step(CHECK_IN, self.state, cue)
        return replace(
            self,
            state=state,
            since=self.since if state is self.state else at,
            arrived_at=at if cue is CheckInCue.SUBJECT_ARRIVED and self.arrived_at is None else self.arrived_at,
            admitted_at=at if cue is CheckInCue.ADMITTED else self.admitted_at,
            ended_at=at if cue is CheckInCue.CALL_ENDED else self.ended_at,
        )
