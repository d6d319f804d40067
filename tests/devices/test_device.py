"""The stream's table: every cue in every state, and a way back to rest from each."""

import pytest

from devices.device import STREAM, StreamCue, StreamState
from statetable import IllegalCue, step

pytestmark = pytest.mark.unit

# One column a cue, in the order of the enum.
#                       offered connected lost given_up ended
TABLE = {
    StreamState.AWAY:   "coming -         -    -        -",
    StreamState.COMING: "coming live      -    away     away",
    StreamState.LIVE:   "live   -         lost -        away",
    StreamState.LOST:   "lost   live      -    away     away",
}  # fmt: skip


@pytest.mark.parametrize("state", StreamState)
@pytest.mark.parametrize("cue", StreamCue)
def test_a_cue_leads_where_the_table_says(state: StreamState, cue: StreamCue) -> None:
    leads = dict(zip(StreamCue, TABLE[state].split(), strict=True))[cue]
    if leads == "-":
        with pytest.raises(IllegalCue):
            step(STREAM, state, cue)
    else:
        assert step(STREAM, state, cue) == leads
