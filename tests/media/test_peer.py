import pytest

from media.peer import PEER, PeerCue, PeerState
from statetable import IllegalCue, final_states, step

pytestmark = pytest.mark.unit

LEGAL = {
    (PeerState.NEW, PeerCue.OFFER): PeerState.NEGOTIATING,
    (PeerState.NEGOTIATING, PeerCue.TRANSPORT_UP): PeerState.CONNECTED,
    (PeerState.NEGOTIATING, PeerCue.TIMED_OUT): PeerState.CLOSED,
    (PeerState.NEGOTIATING, PeerCue.GONE): PeerState.CLOSED,
    (PeerState.CONNECTED, PeerCue.SILENCE): PeerState.LOST,
    (PeerState.CONNECTED, PeerCue.GONE): PeerState.CLOSED,
    (PeerState.LOST, PeerCue.MEDIA): PeerState.CONNECTED,
    (PeerState.LOST, PeerCue.GONE): PeerState.CLOSED,
}


@pytest.mark.parametrize("state", PeerState)
@pytest.mark.parametrize("cue", PeerCue)
def test_a_cue_leads_where_the_table_says_or_nowhere(state: PeerState, cue: PeerCue) -> None:
    if (state, cue) in LEGAL:
        assert step(PEER, state, cue) is LEGAL[state, cue]
    else:
        with pytest.raises(IllegalCue):
            step(PEER, state, cue)


def test_closed_is_final_and_can_be_reached_from_every_state() -> None:
    assert final_states(PEER) == {PeerState.CLOSED}
    for state in PeerState:
        reached = {state}
        while True:
            further = {after for (before, _), after in PEER.items() if before in reached} - reached
            if not further:
                break
            reached |= further
        assert PeerState.CLOSED in reached
