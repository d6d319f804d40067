"""What an officer's page is told that begins anew: the newest of a call, and never more than one message takes."""

import pytest

from cases.entries import NoteFiled, StillFiled
from checkins.identity import IdentityState
from checkins.marks import IdentityStands, Mark, MediaFlow, PictureTurned
from checkins.news import DropSoFar, NoteSoFar, PauseSoFar, Seat, SoFar, StillSoFar
from checkins.so_far import MOST_DROPS, MOST_NOTES, MOST_STILLS, so_far
from recognition.verdict import Reason, Verdict
from signaling.messages import LARGEST_FRAME, dump, told

pytestmark = pytest.mark.unit


def test_a_call_that_has_only_begun_has_nothing_to_tell() -> None:
    assert so_far([]) == SoFar((), (), ())


def test_stills_drops_and_notes_are_told_in_order_of_time() -> None:
    marks: list[Mark] = [
        MediaFlow(Seat.SUBJECT, 0.5, flows=True),
        MediaFlow(Seat.OFFICER, 0.6, flows=True),
        StillFiled(3.0, "unable", None, ("too_dark",), None),
        MediaFlow(Seat.OFFICER, 3.5, flows=False),  # the page that asks
        NoteFiled(4.0, "周边安静"),
        MediaFlow(Seat.SUBJECT, 5.0, flows=False),
        MediaFlow(Seat.SUBJECT, 8.0, flows=True),
        StillFiled(9.0, "match", 0.6, (), None),
        IdentityStands(IdentityState.MATCHED),
        PictureTurned(Seat.SUBJECT, 10.0, paused=True, measured=None),
        PictureTurned(Seat.OFFICER, 10.5, paused=True, measured=None),
        PictureTurned(Seat.SUBJECT, 11.0, paused=False, measured=None),
        MediaFlow(Seat.SUBJECT, 12.0, flows=False, cause="server"),
        PictureTurned(Seat.SUBJECT, 13.0, paused=True, measured=None),
    ]
    assert so_far(marks) == SoFar(
        stills=(
            StillSoFar(3.0, Verdict.UNABLE, (Reason.TOO_DARK,)),
            StillSoFar(9.0, Verdict.MATCH, ()),
        ),
        drops=(DropSoFar(5.0, 8.0), DropSoFar(12.0, None, "server")),
        notes=(NoteSoFar(4.0, "周边安静"),),
        pauses=(PauseSoFar(10.0, 11.0), PauseSoFar(13.0, None)),
    )


def test_of_a_very_long_call_only_the_newest_is_told() -> None:
    stills = [StillFiled(float(n), "match", 0.6, (), None) for n in range(MOST_STILLS + 5)]
    notes = [NoteFiled(float(n), "字" * 500) for n in range(MOST_NOTES + 5)]
    flows = [MediaFlow(Seat.SUBJECT, float(n), flows=n % 2 == 0) for n in range(2 * MOST_DROPS + 12)]
    told_of = so_far([*stills, *notes, *flows])
    assert (len(told_of.stills), len(told_of.drops), len(told_of.notes)) == (MOST_STILLS, MOST_DROPS, MOST_NOTES)
    assert told_of.stills[-1].at_s == MOST_STILLS + 4
    assert len(dump(told(told_of)).encode()) < 2 * LARGEST_FRAME
