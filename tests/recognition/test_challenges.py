"""Challenges: nobody can foresee them, each serves once, and one that fails says nothing against anybody."""

from collections import Counter
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognition.challenges import ASKED, Asked, AskedCue, Challenge, Kind, Trial, draw
from recognition.colours import LONGEST_LAG_S
from recognition.mesh import Mesh
from statetable import IllegalCue, final_states
from tests.support.faces_of_points import a_mesh, stream

pytestmark = pytest.mark.unit

kinds = st.lists(st.sampled_from(Kind), min_size=2, unique=True)


@given(kinds, st.integers(1, 6), st.integers())
def test_no_kind_comes_twice_in_a_row_and_no_nonce_twice(some: list[Kind], how_many: int, seed: int) -> None:
    drawn = draw(some, how_many, 5.0, Random(seed))
    assert len(drawn) == how_many == len({one.nonce for one in drawn})
    assert all(one.kind in some for one in drawn)
    assert all(one.kind is not other.kind for one, other in zip(drawn, drawn[1:], strict=False))
    for one in drawn:
        assert bool(one.flashes) is (one.kind is Kind.COLOURS)
        assert all(a.colour != b.colour for a, b in zip(one.flashes, one.flashes[1:], strict=False))
        assert sum(flash.lasts_s for flash in one.flashes) + LONGEST_LAG_S < one.limit_s


def test_every_order_is_drawn_about_as_often_as_every_other() -> None:
    orders = Counter(tuple(one.kind for one in draw(list(Kind), 2, 5.0, Random(seed))) for seed in range(5600))
    assert len(orders) == 8 * 7
    assert max(orders.values()) < 2 * min(orders.values())


def test_what_was_drawn_and_not_how_it_was_asked_for_is_left_to_chance() -> None:
    assert draw([Kind.NOD, Kind.BLINK], 3, 5.0, Random(7)) == draw([Kind.BLINK, Kind.NOD, Kind.NOD], 3, 5.0, Random(7))
    assert draw(list(Kind), 3, 5.0, Random(7)) != draw(list(Kind), 3, 5.0, Random(8))


def test_a_second_challenge_of_the_only_kind_is_refused() -> None:
    assert len(draw([Kind.NOD], 1, 5.0, Random(1))) == 1
    with pytest.raises(ValueError, match="beforehand"):
        draw([Kind.NOD], 2, 5.0, Random(1))


def test_the_table_holds_what_may_happen() -> None:
    assert final_states(ASKED) == {Asked.MET, Asked.NOT_IN_TIME, Asked.UNCLEAR}
    assert {state for (state, cue) in ASKED if cue is AskedCue.ANSWER} == {Asked.SHOWN}


LEFT = Challenge("01", Kind.TURN_LEFT, 0.0, limit_s=5.0)
SHOWN_AT_S = 1.0


def turning(since: float, until: float = 99) -> Callable[[float], Mesh | None]:
    return lambda at_s: a_mesh(("yaw", 25 if since <= at_s < until else 0))


def looked_at(at: Callable[[float], Mesh | None], now_s: float, limit_s: float = 5.0) -> Trial:
    trial = Trial(Challenge("01", Kind.TURN_LEFT, 0.0, limit_s)).shown(SHOWN_AT_S)
    return trial.looked_at(stream(now_s, at), now_s)


@pytest.mark.parametrize(
    ("at", "now_s", "state"),
    [
        (turning(2.0), 2.0, Asked.SHOWN),  # its time goes on
        (turning(2.0), 3.0, Asked.MET),
        (turning(99), 5.9, Asked.SHOWN),
        (turning(99), 6.1, Asked.NOT_IN_TIME),
        (turning(6.5), 7.5, Asked.NOT_IN_TIME),  # too late
        (turning(0.5), 6.1, Asked.NOT_IN_TIME),  # turned before anybody asked
        (lambda _: None, 6.1, Asked.UNCLEAR),  # nobody was seen
        (lambda at_s: None if at_s > 3 else a_mesh(), 6.1, Asked.UNCLEAR),
    ],
)
def test_a_challenge_is_met_only_within_its_time(
    at: Callable[[float], Mesh | None], now_s: float, state: Asked
) -> None:
    trial = looked_at(at, now_s)
    assert trial.state is state
    assert trial.inconclusive is (state in (Asked.NOT_IN_TIME, Asked.UNCLEAR))
    assert (trial.reaction_s is not None) is (state is Asked.MET)


def test_the_reaction_is_measured_from_when_it_was_shown() -> None:
    assert looked_at(turning(2.0), 3.0).reaction_s == pytest.approx(1.0, abs=0.081)


def test_slow_mode_gives_more_time() -> None:
    assert looked_at(turning(8.0), 12.0, limit_s=5.0).state is Asked.NOT_IN_TIME
    assert looked_at(turning(8.0), 9.0, limit_s=10.0).state is Asked.MET


def test_a_stream_too_slow_to_show_an_answer_is_unclear_and_no_failure() -> None:
    trial = Trial(LEFT).shown(SHOWN_AT_S)
    moments = stream(7, turning(99))[::8]
    assert trial.looked_at(moments, 7.0).state is Asked.UNCLEAR


def test_a_challenge_serves_once() -> None:
    met = looked_at(turning(2.0), 3.0)
    with pytest.raises(IllegalCue):
        met.shown(10.0)
    with pytest.raises(IllegalCue):
        met.looked_at(stream(3, turning(2.0)), 3.0)
    with pytest.raises(IllegalCue):
        Trial(LEFT).looked_at(stream(3, turning(2.0)), 3.0)


def test_losing_sight_ends_it_without_a_word_against_anybody() -> None:
    assert Trial(LEFT).lost().inconclusive
    assert Trial(LEFT).shown(1.0).lost().state is Asked.UNCLEAR
