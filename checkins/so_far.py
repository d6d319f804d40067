"""What a call has come to so far, out of its marks: for an officer whose page begins anew in the middle of it."""

import math
from collections.abc import Sequence

from cases.entries import NoteFiled, StillFiled
from checkins.ending import drops_in, pauses_in
from checkins.marks import Mark, MediaFlow, PictureTurned
from checkins.news import DropSoFar, NoteSoFar, PauseSoFar, Seat, SoFar, StillSoFar
from recognition.verdict import Reason, Verdict

# One message with all of it has to stay small: 600 stills are half an hour at least, and some 40 KB.
MOST_STILLS = 600
MOST_DROPS = 100
MOST_PAUSES = 100
MOST_NOTES = 50


def so_far(marks: Sequence[Mark]) -> SoFar:
    """The newest of what was seen and written down, and when the subject was away or without a picture."""
    stills = [mark for mark in marks if isinstance(mark, StillFiled)][-MOST_STILLS:]
    flows = [mark for mark in marks if isinstance(mark, MediaFlow) and mark.seat is Seat.SUBJECT]
    drops = drops_in(flows, math.inf)[-MOST_DROPS:]
    turns = [mark for mark in marks if isinstance(mark, PictureTurned) and mark.seat is Seat.SUBJECT]
    pauses = pauses_in(turns, math.inf)[-MOST_PAUSES:]
    notes = [mark for mark in marks if isinstance(mark, NoteFiled)][-MOST_NOTES:]
    return SoFar(
        stills=tuple(StillSoFar(one.at_s, Verdict(one.verdict), tuple(map(Reason, one.reasons))) for one in stills),
        drops=tuple(DropSoFar(one.from_s, None if math.isinf(one.to_s) else one.to_s, one.cause) for one in drops),
        notes=tuple(NoteSoFar(one.at_s, one.text) for one in notes),
        pauses=tuple(PauseSoFar(one.from_s, None if math.isinf(one.to_s) else one.to_s) for one in pauses),
    )
