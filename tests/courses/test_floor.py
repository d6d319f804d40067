"""Hands and the word, as plain values."""

from itertools import product

import pytest

from courses.floor import HAND, Floor, HandCue, HandState, Place
from statetable import IllegalCue, step

pytestmark = pytest.mark.unit

ONE, TWO, THREE = Place(1), Place(2), Place(3)

# Rows: the state before; columns: raised, lowered, given, taken_back.
TABLE = {
    HandState.DOWN: "up down speaking -",
    HandState.UP: "up down speaking -",
    HandState.SPEAKING: "- down - down",
}


@pytest.mark.parametrize(("state", "cue"), list(product(HandState, HandCue)))
def test_a_hand_moves_as_the_table_says(state: HandState, cue: HandCue) -> None:
    expected = dict(zip(HandCue, TABLE[state].split(), strict=True))[cue]
    if expected == "-":
        with pytest.raises(IllegalCue):
            step(HAND, state, cue)
    else:
        assert step(HAND, state, cue) == expected


def raised(*places: Place) -> Floor:
    floor = Floor()
    for place in places:
        floor = floor.on(place, HandCue.RAISED)
    return floor


def test_hands_stand_in_the_order_in_which_they_were_raised() -> None:
    assert raised(THREE, ONE, TWO).hands == (THREE, ONE, TWO)


def test_a_hand_raised_twice_keeps_its_place_in_the_line() -> None:
    assert raised(THREE, ONE, THREE).hands == (THREE, ONE)


def test_a_hand_that_went_down_stands_at_the_end_when_it_goes_up_again() -> None:
    floor = raised(THREE, ONE).on(THREE, HandCue.LOWERED).on(THREE, HandCue.RAISED)
    assert floor.hands == (ONE, THREE)


def test_whoever_is_given_the_word_leaves_the_line() -> None:
    floor = raised(ONE, TWO).on(TWO, HandCue.GIVEN)
    assert (floor.hands, floor.word) == ((ONE,), TWO)


def test_the_word_is_one_persons_and_goes_from_one_to_the_other() -> None:
    floor = Floor().on(ONE, HandCue.GIVEN).on(TWO, HandCue.GIVEN)
    assert (floor.word, floor.state(ONE), floor.state(TWO)) == (TWO, HandState.DOWN, HandState.SPEAKING)


def test_the_word_may_be_given_to_somebody_who_did_not_ask() -> None:
    assert Floor().on(ONE, HandCue.GIVEN).word == ONE


def test_a_speaker_who_has_finished_gives_the_word_back() -> None:
    floor = raised(TWO).on(ONE, HandCue.GIVEN).on(ONE, HandCue.LOWERED)
    assert (floor.word, floor.hands) == (None, (TWO,))
