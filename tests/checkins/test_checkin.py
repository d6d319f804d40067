"""The check-in table, every cell of it, and the value that walks it."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from checkins.checkin import CHECK_IN, CheckIn, CheckInCue, CheckInId, CheckInState
from statetable import IllegalCue, final_states

pytestmark = pytest.mark.unit

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)


def check_in(state: CheckInState) -> CheckIn:
    return CheckIn(CheckInId("c1"), state, NOON)


# Written out by hand, row by row, and not taken from the code; "–" is what may not happen.
ROWS = """
             subject_arrived admitted subject_left call_ended window_closed called_off concluded
scheduled    waiting         –        –            –          missed        cancelled  –
waiting      waiting         live     scheduled    –          missed        cancelled  –
live         –               –        interrupted  ended      –             –          –
interrupted  live            –        –            ended      –             –          –
ended        –               –        –            –          –             –          filed
missed       –               –        –            –          –             –          filed
cancelled    –               –        –            –          –             –          –
filed        –               –        –            –          –             –          –
"""
_head, *_lines = (line.split() for line in ROWS.strip().splitlines())
CELLS = {(line[0], cue): after for line in _lines for cue, after in zip(_head, line[1:], strict=True)}


@pytest.mark.parametrize(("state", "cue"), list(product(CheckInState, CheckInCue)))
def test_each_cue_leads_where_the_table_says_or_nowhere(state: CheckInState, cue: CheckInCue) -> None:
    after = CELLS[state.value, cue.value]
    if after == "–":
        with pytest.raises(IllegalCue, match=f"{cue.value} is not possible while {state.value}"):
            check_in(state).on(cue, LATER)
    else:
        assert check_in(state).on(cue, LATER).state is CheckInState(after)


@pytest.mark.parametrize("state", CheckInState)
def test_every_state_leads_to_a_final_one(state: CheckInState) -> None:
    reached = {state}
    for _ in CheckInState:
        reached |= {after for (before, _cue), after in CHECK_IN.items() if before in reached}
    assert reached & final_states(CHECK_IN)


def test_only_cancelled_and_filed_are_final() -> None:
    assert final_states(CHECK_IN) == {CheckInState.CANCELLED, CheckInState.FILED}


def test_a_call_that_took_place_never_becomes_missed() -> None:
    reached = {CheckInState.LIVE}
    for _ in CheckInState:
        reached |= {after for (before, _cue), after in CHECK_IN.items() if before in reached}
    assert CheckInState.MISSED not in reached


def test_admission_and_ending_are_stamped_once() -> None:
    live = check_in(CheckInState.WAITING).on(CheckInCue.ADMITTED, NOON)
    back = live.on(CheckInCue.SUBJECT_LEFT, LATER).on(CheckInCue.SUBJECT_ARRIVED, LATER)
    ended = back.on(CheckInCue.CALL_ENDED, LATER)
    assert (ended.admitted_at, ended.ended_at, ended.since) == (NOON, LATER, LATER)


def test_the_first_arrival_stays_on_record_also_when_the_window_closes() -> None:
    arrived = check_in(CheckInState.SCHEDULED).on(CheckInCue.SUBJECT_ARRIVED, NOON)
    again = arrived.on(CheckInCue.SUBJECT_LEFT, LATER).on(CheckInCue.SUBJECT_ARRIVED, LATER)
    assert again.on(CheckInCue.WINDOW_CLOSED, LATER).arrived_at == NOON


def test_a_second_browser_of_the_same_person_does_not_restart_the_waiting() -> None:
    assert check_in(CheckInState.WAITING).on(CheckInCue.SUBJECT_ARRIVED, LATER).since == NOON
