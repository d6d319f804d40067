"""Hands and the word (举手与发言): who has asked to speak, in which order, and the one learner who may; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NewType

from statetable import Table, step

Place = NewType("Place", int)
"""A learner's number in one lesson, from 1: what the others know of them."""


class HandState(StrEnum):
    DOWN = "down"
    UP = "up"
    SPEAKING = "speaking"


class HandCue(StrEnum):
    RAISED = "raised"
    LOWERED = "lowered"
    GIVEN = "given"
    TAKEN_BACK = "taken_back"


_S, _C = HandState, HandCue

# Whoever drops out keeps hand and place. A teacher may also give the word to somebody who did not ask for it.
HAND: Table[HandState, HandCue] = {
    (_S.DOWN, _C.RAISED): _S.UP,
    (_S.DOWN, _C.LOWERED): _S.DOWN,
    (_S.DOWN, _C.GIVEN): _S.SPEAKING,
    (_S.UP, _C.RAISED): _S.UP,
    (_S.UP, _C.LOWERED): _S.DOWN,
    (_S.UP, _C.GIVEN): _S.SPEAKING,
    (_S.SPEAKING, _C.LOWERED): _S.DOWN,  # they have said what they wanted to
    (_S.SPEAKING, _C.TAKEN_BACK): _S.DOWN,
}


@dataclass(frozen=True, slots=True)
class Floor:
    """The hands of one lesson in the order in which they were raised, and who has the word; the teacher always has."""

    hands: tuple[Place, ...] = ()
    word: Place | None = None
    _states: Mapping[Place, HandState] = field(default_factory=dict)

    def state(self, place: Place) -> HandState:
        """Where this learner's hand is."""
        return self._states.get(place, HandState.DOWN)

    def on(self, place: Place, cue: HandCue) -> "Floor":
        """The floor after `cue`, or IllegalCue. The word is one person's: given to another it is taken back first."""
        if cue is HandCue.GIVEN and self.word not in (None, place):
            assert self.word is not None
            return self.on(self.word, HandCue.TAKEN_BACK).on(place, cue)
        state = step(HAND, self.state(place), cue)
        others = tuple(one for one in self.hands if one != place)
        hands = self.hands if state is self.state(place) else (*others, place) if state is HandState.UP else others
        word = place if state is HandState.SPEAKING else None if self.word == place else self.word
        return replace(self, hands=hands, word=word, _states={**self._states, place: state})
