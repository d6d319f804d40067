"""The dialogue's table, every cell of it, for both seats."""

from itertools import product

import pytest

from checkins.news import Seat
from signaling.dialogue import FOR_OFFICERS, Dialogue, Stage
from signaling.messages import (
    Admit,
    Beat,
    End,
    Hello,
    Join,
    Leave,
    Mute,
    Note,
    Offer,
    PeerMistake,
    Picture,
    Said,
    SaidKind,
)

pytestmark = pytest.mark.unit

# docs/protocol.md's column "legal while", as a table; "–" is what may not be said.
ROWS = """
           hello  join     beat     admit    offer    picture  mute     note     end      leave
connected  known  –        –        –        –        –        –        –        –        –
known      –      in_room  known    –        –        –        –        –        –        –
in_room    –      –        in_room  in_room  in_room  in_room  in_room  in_room  in_room  known
"""
_head, *_lines = (line.split() for line in ROWS.strip().splitlines())
CELLS = {(line[0], kind): after for line in _lines for kind, after in zip(_head, line[1:], strict=True)}

EACH: dict[SaidKind, Said] = {
    message.type: message
    for message in (
        Hello(v=1), Join(check_in="c1"), Beat(), Admit(), Offer(sdp="v=0"), Picture(paused=True),
        Mute(sound=True, picture=False), Note(text="正常"), End(), Leave(),
    )
}  # fmt: skip
WAY_TO: dict[Stage, list[SaidKind]] = {
    Stage.CONNECTED: [],
    Stage.KNOWN: [SaidKind.HELLO],
    Stage.IN_ROOM: [SaidKind.HELLO, SaidKind.JOIN],
}


def at(stage: Stage, seat: Seat) -> Dialogue:
    dialogue = Dialogue(seat)
    for kind in WAY_TO[stage]:
        dialogue.hear(EACH[kind])
    return dialogue


@pytest.mark.parametrize(("stage", "kind", "seat"), list(product(Stage, SaidKind, Seat)))
def test_each_message_leads_where_the_table_says_or_is_a_mistake_that_changes_nothing(
    stage: Stage, kind: SaidKind, seat: Seat
) -> None:
    dialogue = at(stage, seat)
    after = CELLS[stage, kind]
    if after == "–":
        with pytest.raises(PeerMistake, match=f"^{kind} is not possible while {stage}$"):
            dialogue.hear(EACH[kind])
        assert dialogue.stage is stage
    elif kind in FOR_OFFICERS and seat is Seat.SUBJECT:
        with pytest.raises(PeerMistake, match=f"^{kind} is not possible for a subject$"):
            dialogue.hear(EACH[kind])
        assert dialogue.stage is stage
    else:
        dialogue.hear(EACH[kind])
        assert dialogue.stage is Stage(after)


def test_another_version_is_a_mistake_that_changes_nothing() -> None:
    dialogue = Dialogue(Seat.SUBJECT)
    with pytest.raises(PeerMistake, match="version 7"):
        dialogue.hear(Hello(v=7))
    assert dialogue.stage is Stage.CONNECTED
